"""The reply log of a single process: lists in memory. Readers hold an index, never a copy."""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_right
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field

from chat.reply_log.base import KEEP_SECONDS, MAX_BYTES, MAX_CHUNK, MAX_FRAMES, LogFull, LogLost, parse_id
from companion_site.core import sse


@dataclass(slots=True)
class Frames:
    """The frames of one reply in this process's memory, and who waits for the next."""

    attempt: int
    ids: list[tuple[int, int]] = field(default_factory=list)
    frames: list[bytes] = field(default_factory=list)
    size: int = 0
    closed_at: float = 0.0
    is_lost: bool = False
    waiting: set[asyncio.Future[None]] = field(default_factory=set)

    def add(self, number: tuple[int, int], frame: bytes) -> None:
        """Add a frame; raise `LogFull` past the bounds, and add nothing."""
        if len(self.frames) >= MAX_FRAMES or self.size + len(frame) > MAX_BYTES:
            raise LogFull
        self.ids.append(number)
        self.frames.append(frame)
        self.size += len(frame)
        self.wake()

    def close(self) -> None:
        """Say that no frame will follow."""
        self.closed_at = time.monotonic()
        self.wake()

    def lose(self) -> None:
        """Say that frames may be missing from here on."""
        self.is_lost = True
        self.wake()

    def wake(self) -> None:
        for future in self.waiting:
            if not future.done():
                future.set_result(None)
        self.waiting.clear()

    async def follow(self, *, after: str, heartbeat_seconds: float) -> AsyncGenerator[bytes, None]:
        """Yield what comes after an id until the end; b"" when nothing came for that long."""
        seen, index = parse_id(after), 0
        while True:
            if not index:  # a mirror is still empty when its readers come
                index = bisect_right(self.ids, seen)
            if index < len(self.frames):
                chunk, index = self._chunk(index)
                yield chunk
            elif self.closed_at:
                return
            elif self.is_lost:
                raise LogLost
            elif not await self._woken(heartbeat_seconds):
                yield b""

    def _chunk(self, index: int) -> tuple[bytes, int]:
        chunk, end = self.frames[index], index + 1
        if end == len(self.frames):
            return chunk, end
        size = len(chunk)
        while end < len(self.frames) and size + len(self.frames[end]) <= MAX_CHUNK:
            size += len(self.frames[end])
            end += 1
        return b"".join(self.frames[index:end]), end

    async def _woken(self, seconds: float) -> bool:
        """Wait for the next frame or the end; return False when only time has passed."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self.waiting.add(future)
        handle = loop.call_later(seconds, future.cancel)
        try:
            await future
        except asyncio.CancelledError:
            if not future.cancelled() or asyncio.current_task().cancelling():  # type: ignore[union-attr]
                raise
            return False
        finally:
            handle.cancel()
            self.waiting.discard(future)
        return True


class MemoryReplyLog:
    """Keeps ended logs for two minutes; a slow reader costs nothing, it only lags."""

    def __init__(self, keep_seconds: float = KEEP_SECONDS) -> None:
        self._keep_seconds = keep_seconds
        self._logs: dict[str, Frames] = {}

    def open(self, key: str, attempt: int) -> None:
        self._forget_old()
        self.close(key)  # readers of an earlier attempt are done
        self._logs[key] = Frames(attempt)

    def append(self, key: str, event: str, data: Mapping[str, object]) -> str:
        log = self._logs[key]
        event_id = self.next_id(key)
        log.add((log.attempt, len(log.frames) + 1), sse.frame(event, data, event_id=event_id))
        return event_id

    def close(self, key: str) -> None:
        log = self._logs.get(key)
        if log is not None and not log.closed_at:
            log.close()

    async def exists(self, key: str, attempt: int = 1) -> bool:
        return self.knows(key, attempt)

    def knows(self, key: str, attempt: int = 1) -> bool:
        """Whether this attempt, or a later one, is in memory."""
        log = self._logs.get(key)
        return log is not None and log.attempt >= attempt

    def is_written_here(self, key: str) -> bool:
        log = self._logs.get(key)
        return log is not None and not log.closed_at

    async def tail(
        self, key: str, *, after: str, heartbeat_seconds: float, attempt: int = 1
    ) -> AsyncGenerator[bytes, None]:
        if not self.knows(key, attempt):
            return
        async for chunk in self._logs[key].follow(after=after, heartbeat_seconds=heartbeat_seconds):
            yield chunk

    async def aclose(self) -> None:
        self._logs.clear()

    def frame(self, key: str) -> bytes:
        """Return the frame that was added last."""
        return self._logs[key].frames[-1]

    def next_id(self, key: str) -> str:
        """Return the id of what would be added next."""
        log = self._logs[key]
        return f"{log.attempt}-{len(log.frames) + 1}"

    def _forget_old(self) -> None:
        before = time.monotonic() - self._keep_seconds
        for key in [k for k, log in self._logs.items() if 0 < log.closed_at < before]:
            del self._logs[key]
