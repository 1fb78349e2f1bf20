"""Asks the database how replies stand: once for all readers of a reply, and in one query for many replies."""

from __future__ import annotations

import asyncio
import contextvars
import time
from collections.abc import Iterable
from weakref import WeakKeyDictionary

from django.db import DatabaseError
from django.utils import timezone

from chat import database, services
from chat.models import Message
from chat.services.turns import STALE_AFTER

# What somebody asked so recently need not be asked again.
_FRESH_SECONDS = 0.8
# Readers who ask within this time are answered together.
_GATHER_SECONDS = 0.02
_BATCH = 400
_MOST_KEPT = 10_000


class _Watch:
    """The questions of one event loop."""

    def __init__(self) -> None:
        self._asked: dict[int, asyncio.Future[Message | None]] = {}
        self._known: dict[int, tuple[float, Message | None]] = {}
        self._task: asyncio.Task[None] | None = None

    async def current(self, pk: int) -> Message | None:
        at, row = self._known.get(pk, (0.0, None))
        if time.monotonic() - at < _FRESH_SECONDS:
            return row
        if pk not in self._asked:
            self._asked[pk] = asyncio.get_running_loop().create_future()
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._answer(), context=contextvars.Context())
        # Shielded: one reader who leaves must not take the answer from the others.
        return await asyncio.shield(self._asked[pk])

    async def _answer(self) -> None:
        await asyncio.sleep(_GATHER_SECONDS)
        while self._asked:
            asked = {pk: self._asked.pop(pk) for pk in list(self._asked)[:_BATCH]}
            try:
                self._tell(asked, await database.run(_rows, list(asked)))
            except DatabaseError as error:
                for future in asked.values():
                    future.set_exception(error)
                    future.exception()  # the reader may have gone
            finally:
                # Whatever went wrong, nobody waits for an answer that does not come.
                for future in asked.values():
                    future.cancel()

    def _tell(self, asked: dict[int, asyncio.Future[Message | None]], rows: dict[int, Message]) -> None:
        now = time.monotonic()
        if len(self._known) > _MOST_KEPT:
            self._known.clear()
        for pk, future in asked.items():
            self._known[pk] = (now, rows.get(pk))
            future.set_result(rows.get(pk))


_watches: WeakKeyDictionary[asyncio.AbstractEventLoop, _Watch] = WeakKeyDictionary()


async def current(pk: int) -> Message | None:
    """Return the reply as stored, at most a second ago; None where it is gone.

    One whose process died is closed on the way, so that nobody waits for it.
    """
    loop = asyncio.get_running_loop()
    if loop not in _watches:
        _watches[loop] = _Watch()
    return await _watches[loop].current(pk)


def _rows(pks: Iterable[int]) -> dict[int, Message]:
    found = Message.objects.only("pk", "text", "status", "attempt", "heartbeat_at").in_bulk(list(pks))
    dead_since = timezone.now() - STALE_AFTER
    for pk, row in found.items():
        is_stale = not row.is_final and row.heartbeat_at is not None and row.heartbeat_at < dead_since
        if is_stale and services.close_stale(pk):
            row.refresh_from_db(fields=["text", "status"])
    return found
