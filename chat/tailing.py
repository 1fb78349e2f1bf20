"""Follows a reply for one reader: from its log, or, where the log cannot be read, from the database."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from chat import watching
from chat.models import Message
from chat.reply_log import LogLost, reply_log
from companion_site.core import sse

MAX_SECONDS = 600.0
_POLL_SECONDS = 1.0
# How often a reader whose log is silent looks about: is a heartbeat due, does the process that writes it still live?
_LOOK_SECONDS = 5.0
# A reader on the database looks this often whether there is a log again.
_LOG_EVERY = 3


@dataclass(slots=True)
class _Reader:
    """How far one reader has come."""

    pk: int
    key: str
    attempt: int
    after: str
    until: float
    beat_at: float
    # What was shown from the database, so that only what is new follows.
    shown: str | None = None
    has_ended: bool = False

    def is_over(self) -> bool:
        return self.has_ended or time.monotonic() > self.until

    def is_due(self) -> bool:
        """Whether a heartbeat must go out; says so at most once every 15 seconds."""
        now = time.monotonic()
        if now < self.beat_at:
            return False
        self.beat_at = now + _beat_seconds()
        return True


async def frames(reply: Message, *, after: str = "") -> AsyncGenerator[bytes, None]:
    """Yield event frames and heartbeats until the reply ends, for ten minutes at most."""
    now = time.monotonic()
    reader = _Reader(reply.pk, str(reply.public_id), reply.attempt, after, now + MAX_SECONDS, now + _beat_seconds())
    while not reader.is_over():
        if await reply_log().exists(reader.key, reader.attempt):
            async with aclosing(_logged(reader)) as chunks:
                async for chunk in chunks:
                    yield chunk
        if reader.is_over():
            return
        async with aclosing(_polled(reader)) as chunks:
            async for chunk in chunks:
                yield chunk


def _beat_seconds() -> float:
    # Thousands who came at the same moment need not all be told at the same moment that there is nothing new; and
    # the look at which it is found due may come that much later.
    return (sse.HEARTBEAT_SECONDS - _LOOK_SECONDS) * random.uniform(0.7, 1.0)  # noqa: S311 - jitter, not a secret


async def _logged(reader: _Reader) -> AsyncGenerator[bytes, None]:
    """Yield from the log until it is closed or lost."""
    log = reply_log()
    tail = log.tail(reader.key, after=reader.after, heartbeat_seconds=_LOOK_SECONDS, attempt=reader.attempt)
    reader.shown, reader.after = None, ""
    try:
        async with aclosing(tail) as chunks:
            async for chunk in chunks:
                said = chunk or await _silence(reader)
                if said:
                    yield said
                if reader.is_over():
                    return
        reader.has_ended = True
    except LogLost:
        return


async def _silence(reader: _Reader) -> bytes:
    """Return what to say when the log says nothing: the model thinks, or the process that wrote it is no more."""
    if not reply_log().is_written_here(reader.key):
        row = await watching.current(reader.pk)
        if row is None or row.is_final:
            reader.has_ended = True
            return _done(row) if row is not None else b""
    return sse.HEARTBEAT if reader.is_due() else b""


async def _polled(reader: _Reader) -> AsyncGenerator[bytes, None]:
    """Yield the reply as the database knows it, about once a second, until it ends or there is a log again."""
    polls = 0
    while not reader.is_over():
        row = await watching.current(reader.pk)
        if row is None or row.is_final:
            reader.has_ended = True
            if row is not None:
                yield _done(row)
            return
        if said := _news(reader, row):
            yield said
        polls += 1
        await asyncio.sleep(_POLL_SECONDS * random.uniform(0.9, 1.1))  # noqa: S311 - jitter, not a secret
        if polls % _LOG_EVERY == 0 and await reply_log().exists(reader.key, reader.attempt):
            return


def _news(reader: _Reader, row: Message) -> bytes:
    """Return what the reader has not seen of a running reply."""
    before, reader.shown = reader.shown, row.text
    if before is None or not row.text.startswith(before):
        return sse.frame("start", {"text": row.text})
    if len(row.text) > len(before):
        return sse.frame("delta", {"t": row.text[len(before) :]})
    return sse.HEARTBEAT if reader.is_due() else b""


def _done(row: Message) -> bytes:
    return sse.frame("done", {"status": row.status, "text": row.text})
