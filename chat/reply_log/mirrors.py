"""Follows replies that other processes write: one mirror for all readers of a reply, few connections for all."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import uuid
from dataclasses import dataclass, field
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from chat.reply_log.base import LogFull, parse_id
from chat.reply_log.memory import Frames
from chat.reply_log.outbound import CLOSE

logger = logging.getLogger(__name__)

# Streams one connection waits for: the server is told all of their names with every read.
_GROUP = 64
_BATCH = 64
_BLOCK_MS = 5000
# After a read that found something, the next frames may gather this long.
_GATHER_SECONDS = 0.02
_WAKE_SECONDS = 3600


@dataclass(slots=True)
class _Mirror:
    frames: Frames
    last: str
    readers: int = 0


@dataclass(slots=True)
class _Group:
    wake: str
    woken: str = "0-0"
    mirrors: dict[str, _Mirror] = field(default_factory=dict)
    task: asyncio.Task[None] | None = None
    ringing: asyncio.Task[None] | None = None


class Mirrors:
    """The replies of other processes that somebody here reads."""

    def __init__(self, redis: Redis, waiting: Redis, prefix: str) -> None:
        self._redis = redis
        # A read that waits keeps its connection to itself.
        self._waiting = waiting
        self._prefix = prefix
        self._groups: list[_Group] = []
        self._of: dict[str, _Group] = {}

    def join(self, key: str, attempt: int) -> Frames:
        """Return the mirror of a reply from this attempt on; it fills itself, and one more reader has it."""
        group = self._of.get(key) or self._placed(key, attempt)
        mirror = group.mirrors[key]
        mirror.readers += 1
        return mirror.frames

    def leave(self, key: str) -> None:
        """One reader less; the last one takes the mirror along."""
        group = self._of.get(key)
        if group is None:
            return
        mirror = group.mirrors[key]
        mirror.readers -= 1
        if not mirror.readers:
            del group.mirrors[key], self._of[key]

    def stop(self) -> None:
        """Follow nothing any more."""
        for group in self._groups:
            for task in (group.task, group.ringing):
                if task is not None:
                    task.cancel()

    def _placed(self, key: str, attempt: int) -> _Group:
        group = next((g for g in self._groups if len(g.mirrors) < _GROUP), None)
        if group is None:
            group = _Group(wake=f"{self._prefix}wake:{uuid.uuid4().hex}")
            self._groups.append(group)
        group.mirrors[key] = _Mirror(Frames(attempt), last=f"{attempt}-0")
        self._of[key] = group
        if group.task is None or group.task.done():
            group.task = asyncio.get_running_loop().create_task(self._follow(group), context=contextvars.Context())
        else:
            self._wake(group)
        return group

    def _wake(self, group: _Group) -> None:
        """Interrupt the waiting read, which does not know of the new stream yet; once for all that came together."""
        if group.ringing is None or group.ringing.done():
            group.ringing = asyncio.get_running_loop().create_task(self._ring(group), context=contextvars.Context())

    async def _ring(self, group: _Group) -> None:
        await asyncio.sleep(_GATHER_SECONDS)
        # From here on whoever joins is not among those this ring is for.
        group.ringing = None
        try:
            pipe = self._redis.pipeline(transaction=False)
            pipe.xadd(group.wake, {b"w": b""}, maxlen=1, approximate=False)
            pipe.expire(group.wake, _WAKE_SECONDS)
            await pipe.execute()
        except (RedisError, OSError) as error:
            logger.warning("the reply log cannot be woken: %s", error)

    async def _follow(self, group: _Group) -> None:
        while group.mirrors:
            # The stubs take no mapping narrower than their own.
            names: dict[Any, Any] = {self._prefix + key: mirror.last for key, mirror in group.mirrors.items()}
            names[group.wake] = group.woken
            try:
                found = await self._waiting.xread(names, count=_BATCH, block=_BLOCK_MS)
            except (RedisError, OSError) as error:
                logger.warning("the reply log cannot be read: %s", error)
                self._lose(group)
                return
            self._fill(group, _rows(found))
            if found:
                await asyncio.sleep(_GATHER_SECONDS)

    def _fill(self, group: _Group, found: dict[str, list[tuple[bytes, dict[bytes, bytes]]]]) -> None:
        for name, rows in found.items():
            if name == group.wake:
                group.woken = rows[-1][0].decode()
            elif (mirror := group.mirrors.get(name.removeprefix(self._prefix))) is not None:
                mirror.last = rows[-1][0].decode()
                _take(mirror.frames, rows)

    def _lose(self, group: _Group) -> None:
        """Send the readers of a group to the database; who comes later tries again."""
        for key, mirror in group.mirrors.items():
            mirror.frames.lose()
            self._of.pop(key, None)
        group.mirrors = {}


def _take(frames: Frames, rows: list[tuple[bytes, dict[bytes, bytes]]]) -> None:
    for event_id, row in rows:
        if CLOSE in row:
            frames.close()
            return
        for frame in row.values():
            try:
                frames.add(parse_id(event_id.decode()), frame)
            except LogFull:
                frames.lose()
                return


def _rows(found: Any) -> dict[str, list[tuple[bytes, dict[bytes, bytes]]]]:
    """Return entries by stream. The stubs know neither of the shapes the client gives: [[name, rows]] is ours."""
    return {name.decode(): rows for name, rows in found or ()}
