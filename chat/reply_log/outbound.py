"""Sends what replies of this process say to Redis, all of them together, without anybody waiting for it."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections import deque
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from chat.reply_log.base import KEEP_SECONDS

logger = logging.getLogger(__name__)

FRAME = b"f"
CLOSE = b"c"
BEGIN = b"b"
# Outlives the longest stream; the unclosed log of a killed process goes with it.
_OPEN_SECONDS = 900
# Frames gather this long, so that one round trip carries those of many replies.
_GATHER_SECONDS = 0.01
_BATCH = 500
# While the server is away frames wait for it, so that no reader misses one; but not without end.
_MOST_WAITING = 20_000
_ALREADY = "equal or smaller"
_SHORTEST_PAUSE = 0.1
_LONGEST_PAUSE = 2.0


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    id: str
    kind: bytes
    frame: bytes


class Outbound:
    """The way out of one event loop."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._waiting: deque[_Entry] = deque()
        self._task: asyncio.Task[None] | None = None
        # Replies that have lost frames: whoever follows them is better off with the database.
        self._broken: set[str] = set()

    def begin(self, name: str) -> None:
        """Begin a stream anew."""
        self._broken.discard(name)
        self._put(_Entry(name, "", BEGIN, b""))

    def add(self, name: str, event_id: str, kind: bytes, frame: bytes) -> None:
        """Add an entry to a stream."""
        if name not in self._broken:
            self._put(_Entry(name, event_id, kind, frame))

    async def flushed(self) -> None:
        """Return when everything has been sent."""
        if self._task is not None:
            await asyncio.wait({self._task})

    def stop(self) -> None:
        """Give up what is still to be sent."""
        if self._task is not None:
            self._task.cancel()

    def _put(self, entry: _Entry) -> None:
        if len(self._waiting) >= _MOST_WAITING:
            self._give_up()
        self._waiting.append(entry)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._pump(), context=contextvars.Context())

    def _give_up(self) -> None:
        logger.error("the reply log has been away too long: %s frames are dropped", len(self._waiting))
        self._broken.update(entry.name for entry in self._waiting)
        self._waiting.clear()
        # Nobody must read on where something is missing.
        self._waiting.extend(_Entry(name, "", BEGIN, b"") for name in self._broken)

    async def _pump(self) -> None:
        pause = _SHORTEST_PAUSE
        while self._waiting:
            await asyncio.sleep(_GATHER_SECONDS)
            batch = [self._waiting[place] for place in range(min(_BATCH, len(self._waiting)))]
            try:
                await self._send(batch)
            except (RedisError, OSError) as error:
                if pause == _SHORTEST_PAUSE:
                    logger.warning("the reply log does not answer, %s frames wait: %s", len(self._waiting), error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
                continue
            pause = _SHORTEST_PAUSE
            for entry in batch:
                # Unless all was given up meanwhile.
                if self._waiting and self._waiting[0] is entry:
                    self._waiting.popleft()

    async def _send(self, batch: list[_Entry]) -> None:
        pipe = self._redis.pipeline(transaction=False)
        for entry in batch:
            _queue(pipe, entry)
        for answer in await pipe.execute(raise_on_error=False):
            # Sent twice after a lost connection, an entry is refused the second time: it is there already.
            if isinstance(answer, RedisError) and _ALREADY not in str(answer):
                raise answer


def _queue(pipe: Any, entry: _Entry) -> None:
    if entry.kind == BEGIN:
        pipe.delete(entry.name)
        return
    pipe.xadd(entry.name, {entry.kind: entry.frame}, id=entry.id)
    if entry.kind == CLOSE:
        pipe.expire(entry.name, KEEP_SECONDS)
    elif entry.id.endswith("-1"):
        pipe.expire(entry.name, _OPEN_SECONDS)
