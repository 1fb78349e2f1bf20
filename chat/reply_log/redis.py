"""The reply log of several processes: one Redis Stream a reply, read and written under the log's own ids."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from redis.asyncio import Redis

from chat.reply_log.base import KEEP_SECONDS, MAX_BYTES, MAX_FRAMES, LogFull, parse_id
from companion_site.core import sse

# Outlives the longest stream; the unclosed log of a killed process goes with it.
_OPEN_SECONDS = 900
_BATCH = 64
# The client's own default would give up in the middle of a blocking read: longer than any heartbeat.
_SOCKET_SECONDS = 40
_CLOSE = "close"


@dataclass(slots=True)
class _Writing:
    attempt: int
    number: int = 0
    size: int = 0


class RedisReplyLog:
    """Appends with XADD, tails with a blocking XREAD: a reader in any process follows a reply of any other."""

    def __init__(self, url: str, prefix: str = "cardia:reply:") -> None:
        self._url = url
        self._prefix = prefix
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, Redis] = WeakKeyDictionary()
        self._writing: dict[str, _Writing] = {}

    def _redis(self) -> Redis:
        """Return this event loop's client: a connection belongs to the loop that opened it."""
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            self._clients[loop] = Redis.from_url(
                self._url, decode_responses=True, socket_timeout=_SOCKET_SECONDS, socket_connect_timeout=5
            )
        return self._clients[loop]

    async def aclose(self) -> None:
        """Close the connections of the running event loop."""
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()

    async def open(self, key: str, attempt: int) -> None:
        self._writing[key] = _Writing(attempt)
        await self._redis().delete(self._prefix + key)

    async def append(self, key: str, event: str, data: Mapping[str, object]) -> str:
        writing = self._writing[key]
        payload = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        writing.number += 1
        writing.size += len(payload)
        if writing.number > MAX_FRAMES or writing.size > MAX_BYTES:
            raise LogFull
        return await self._add(key, writing, event, payload)

    async def close(self, key: str) -> None:
        writing = self._writing.pop(key, None)
        if writing is not None:
            writing.number += 1
            await self._add(key, writing, _CLOSE, "")
            await self._redis().expire(self._prefix + key, KEEP_SECONDS)

    async def _add(self, key: str, writing: _Writing, event: str, payload: str) -> str:
        event_id = f"{writing.attempt}-{writing.number}"
        name = self._prefix + key
        await self._redis().xadd(name, {"e": event, "d": payload}, id=event_id)
        if writing.number == 1:
            await self._redis().expire(name, _OPEN_SECONDS)
        return event_id

    async def exists(self, key: str) -> bool:
        return bool(await self._redis().exists(self._prefix + key))

    async def tail(self, key: str, *, after: str, heartbeat_seconds: float) -> AsyncGenerator[bytes, None]:
        name = self._prefix + key
        last = "{}-{}".format(*parse_id(after))
        while True:
            rows = await self._rows(name, last, heartbeat_seconds)
            if not rows:
                yield b""
                continue
            last = rows[-1][0]
            frames = [_frame(event_id, row) for event_id, row in rows if row["e"] != _CLOSE]
            if frames:
                yield b"".join(frames)
            if rows[-1][1]["e"] == _CLOSE:
                return

    async def _rows(self, name: str, after: str, seconds: float) -> list[tuple[str, dict[str, str]]]:
        """Wait for entries after an id; [] when the time has passed."""
        # The stubs know neither decode_responses nor which of two shapes it gives: [[name, rows]].
        found: Any = await self._redis().xread({name: after}, count=_BATCH, block=int(seconds * 1000))
        return found[0][1] if found else []


def _frame(event_id: str, row: Mapping[str, str]) -> bytes:
    return sse.frame(row["e"], json.loads(row["d"]), event_id=event_id)
