"""The reply log of several processes: one Redis Stream a reply, read and written under the log's own ids.

Who writes a reply keeps it in memory as well: readers in the same process need no server, and a lost server costs
them nothing. Readers elsewhere share one mirror of it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import RedisError

from chat.reply_log.base import KEEP_SECONDS
from chat.reply_log.memory import MemoryReplyLog
from chat.reply_log.mirrors import Mirrors
from chat.reply_log.outbound import CLOSE, FRAME, Outbound

logger = logging.getLogger(__name__)

# The client's own default would give up in the middle of a blocking read: longer than any of ours.
_SOCKET_SECONDS = 40
_CONNECT_SECONDS = 2
_LAST_WORDS_SECONDS = 2.0
_CONNECTIONS = 8
_READS = 1000


@dataclass(slots=True)
class _OnLoop:
    """What belongs to one event loop: connections do."""

    redis: Redis
    waiting: Redis
    outbound: Outbound
    mirrors: Mirrors


class RedisReplyLog:
    """Appends with XADD, many frames at once; follows replies of other processes with blocking XREADs."""

    def __init__(self, url: str, prefix: str = "cardia:reply:", keep_seconds: float = KEEP_SECONDS) -> None:
        self._url = url
        self._prefix = prefix
        self._here = MemoryReplyLog(keep_seconds)
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, _OnLoop] = WeakKeyDictionary()

    def _on_loop(self) -> _OnLoop:
        loop = asyncio.get_running_loop()
        if loop not in self._loops:
            # A lost server is noticed at once: what waits for it is tried again here, not inside the client.
            how: dict[str, Any] = {
                "socket_timeout": _SOCKET_SECONDS,
                "socket_connect_timeout": _CONNECT_SECONDS,
                "retry": None,
            }
            # Who asks while all connections are busy waits for one; a read that waits for frames has its own.
            pool = BlockingConnectionPool.from_url(
                self._url, max_connections=_CONNECTIONS, timeout=_CONNECT_SECONDS, **how
            )
            redis, waiting = Redis(connection_pool=pool), Redis.from_url(self._url, max_connections=_READS, **how)
            self._loops[loop] = _OnLoop(redis, waiting, Outbound(redis), Mirrors(redis, waiting, self._prefix))
        return self._loops[loop]

    async def aclose(self) -> None:
        on_loop = self._loops.pop(asyncio.get_running_loop(), None)
        if on_loop is None:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WORDS_SECONDS):
                await on_loop.outbound.flushed()
        on_loop.outbound.stop()
        on_loop.mirrors.stop()
        for client in (on_loop.redis, on_loop.waiting):
            with suppress(RedisError, OSError):
                await client.aclose(close_connection_pool=True)

    def open(self, key: str, attempt: int) -> None:
        self._here.open(key, attempt)
        self._send().begin(self._prefix + key)

    def append(self, key: str, event: str, data: Mapping[str, object]) -> str:
        event_id = self._here.append(key, event, data)
        self._send().add(self._prefix + key, event_id, FRAME, self._here.frame(key))
        return event_id

    def close(self, key: str) -> None:
        if self._here.is_written_here(key):
            self._send().add(self._prefix + key, self._here.next_id(key), CLOSE, b"")
            self._here.close(key)

    def _send(self) -> Outbound:
        return self._on_loop().outbound

    async def exists(self, key: str, attempt: int = 1) -> bool:
        if self._here.knows(key, attempt):
            return True
        try:
            return bool(await self._on_loop().redis.exists(self._prefix + key))
        except (RedisError, OSError) as error:
            logger.warning("the reply log cannot be asked: %s", error)
            return False

    def is_written_here(self, key: str) -> bool:
        return self._here.is_written_here(key)

    async def tail(
        self, key: str, *, after: str, heartbeat_seconds: float, attempt: int = 1
    ) -> AsyncGenerator[bytes, None]:
        if self._here.knows(key, attempt):
            frames = self._here.tail(key, after=after, heartbeat_seconds=heartbeat_seconds, attempt=attempt)
            async for chunk in frames:
                yield chunk
            return
        mirrors = self._on_loop().mirrors
        mirror = mirrors.join(key, attempt)
        try:
            async for chunk in mirror.follow(after=after, heartbeat_seconds=heartbeat_seconds):
                yield chunk
        finally:
            mirrors.leave(key)
