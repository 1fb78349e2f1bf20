"""The reply log of a single process: lists in memory. Readers hold an index, never a copy."""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_right
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field

from chat.reply_log.base import KEEP_SECONDS, MAX_BYTES, MAX_FRAMES, LogFull, parse_id
from companion_site.core import sse


@dataclass(slots=True)
class _Log:
    attempt: int
    ids: list[tuple[int, int]] = field(default_factory=list)
    frames: list[bytes] = field(default_factory=list)
    size: int = 0
    closed_at: float = 0.0
    waiting: set[asyncio.Future[None]] = field(default_factory=set)

    def wake(self) -> None:
        for future in self.waiting:
            if not future.done():
                future.set_result(None)
        self.waiting.clear()


class MemoryReplyLog:
    """Keeps ended logs for two minutes; a slow reader costs nothing, it only lags."""

    def __init__(self, keep_seconds: float = KEEP_SECONDS) -> None:
        self._keep_seconds = keep_seconds
        self._logs: dict[str, _Log] = {}

    async def open(self, key: str, attempt: int) -> None:
        self._forget_old()
        await self.close(key)  # readers of an earlier attempt are done
        self._logs[key] = _Log(attempt)

    async def append(self, key: str, event: str, data: Mapping[str, object]) -> str:
        log = self._logs[key]
        number = (log.attempt, len(log.frames) + 1)
        event_id = f"{number[0]}-{number[1]}"
        frame = sse.frame(event, data, event_id=event_id)
        if len(log.frames) >= MAX_FRAMES or log.size + len(frame) > MAX_BYTES:
            raise LogFull
        log.ids.append(number)
        log.frames.append(frame)
        log.size += len(frame)
        log.wake()
        return event_id

    async def close(self, key: str) -> None:
        log = self._logs.get(key)
        if log is not None:
            log.closed_at = time.monotonic()
            log.wake()

    async def exists(self, key: str) -> bool:
        return key in self._logs

    async def tail(self, key: str, *, after: str, heartbeat_seconds: float) -> AsyncGenerator[bytes, None]:
        log = self._logs.get(key)
        if log is None:
            return
        index = bisect_right(log.ids, parse_id(after))
        while True:
            if index < len(log.frames):
                ready = log.frames[index:]
                index += len(ready)
                yield ready[0] if len(ready) == 1 else b"".join(ready)
            elif log.closed_at:
                return
            elif not await _woken(log, heartbeat_seconds):
                yield b""

    def _forget_old(self) -> None:
        before = time.monotonic() - self._keep_seconds
        for key in [k for k, log in self._logs.items() if 0 < log.closed_at < before]:
            del self._logs[key]


async def _woken(log: _Log, seconds: float) -> bool:
    """Wait for the next frame or the end; return False when only time has passed."""
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    log.waiting.add(future)
    handle = asyncio.get_running_loop().call_later(seconds, future.cancel)
    try:
        await future
    except asyncio.CancelledError:
        if not future.cancelled() or asyncio.current_task().cancelling():  # type: ignore[union-attr]
            raise
        return False
    finally:
        handle.cancel()
        log.waiting.discard(future)
    return True
