"""Database work for code on the event loop: a few threads with their own connections, none held in between."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections

P = ParamSpec("P")
T = TypeVar("T")


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=threads, thread_name_prefix="chat-db")


async def run(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `work` in a database thread and return its result.

    Django's own `sync_to_async` would send everything outside a request through one thread, and give every
    request a new thread with a new connection. With `CHAT_DB_THREADS = 0` it is used all the same: tests
    then see the work inside their own transaction.
    """
    if settings.CHAT_DB_THREADS <= 0:
        return await sync_to_async(work)(*args, **kwargs)
    # asgiref moves the context along: the reader's language and time zone are lost in a thread it did not choose.
    unit = sync_to_async(_unit, thread_sensitive=False, executor=_pool(settings.CHAT_DB_THREADS))
    return await unit(work, args, kwargs)


def _unit(work: Callable[..., T], args: tuple[object, ...], kwargs: dict[str, object]) -> T:
    close_old_connections()
    try:
        return work(*args, **kwargs)
    finally:
        close_old_connections()
