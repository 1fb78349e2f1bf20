"""Follows a reply for one reader: from its log, or, where the log is not in this process, from the database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

from chat import database, services
from chat.models import Message
from chat.reply_log import reply_log
from companion_site.core import sse

MAX_SECONDS = 600.0
_POLL_SECONDS = 1.0


async def frames(reply: Message, *, after: str = "") -> AsyncGenerator[bytes, None]:
    """Yield event frames and heartbeats until the reply ends, for ten minutes at most."""
    log = reply_log()
    key = str(reply.public_id)
    until = time.monotonic() + MAX_SECONDS
    if await log.exists(key):
        async with aclosing(log.tail(key, after=after, heartbeat_seconds=sse.HEARTBEAT_SECONDS)) as tail:
            async for chunk in tail:
                if chunk:
                    yield chunk
                # Silence: the model thinks, or the process that wrote this log is no more.
                elif (row := await database.run(_current, reply.pk)).is_final:
                    yield _snapshot(row)
                    return
                else:
                    yield sse.HEARTBEAT
                if time.monotonic() > until:
                    return
        return
    async for frame in _polled(reply.pk, until):
        yield frame


async def _polled(pk: int, until: float) -> AsyncGenerator[bytes, None]:
    """Yield the reply as the database knows it, once a second, until it has ended."""
    while True:
        row = await database.run(_current, pk)
        yield _snapshot(row)
        if row.is_final or time.monotonic() > until:
            return
        await asyncio.sleep(_POLL_SECONDS)


def _current(pk: int) -> Message:
    """Return the reply as stored; one whose process died is closed on the way, so that nobody waits for it."""
    services.close_stale(pk)
    return Message.objects.only("pk", "text", "status", "attempt").get(pk=pk)


def _snapshot(row: Message) -> bytes:
    if row.is_final:
        return sse.frame("done", {"status": row.status, "text": row.text})
    return sse.frame("start", {"text": row.text})
