"""The ASGI entry point: Django, plus what to do when the server starts and stops."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "companion_site.settings")
django.setup(set_prefix=False)

from chat import following, jobs, loading  # noqa: E402 - models need the apps that Django has just loaded
from companion_site.core.threads import LastingThreadsHandler  # noqa: E402

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]

# A thread that wants to run waits this long for the one that does. The default of 5 ms is an eternity for the
# event loop, which hands work to database threads many times a turn.
SWITCH_SECONDS = 0.001
GC_THRESHOLD = 20_000
# Replies still being written when the server stops get this long to end; the rest is kept as interrupted.
DRAIN_SECONDS = 2.0

pages = LastingThreadsHandler()


async def application(scope: Message, receive: Receive, send: Send) -> None:
    """Serve one request, or the life of this process."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
    elif following.wants(scope):
        await following.follow(scope, receive, send)
    else:
        await pages(scope, receive, send)


def _settle() -> None:
    """Let the collector forget what lives as long as the process; walking it again cost a tenth of every turn."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD, 20, 100)


async def _live(receive: Receive, send: Send) -> None:
    await receive()
    sys.setswitchinterval(SWITCH_SECONDS)
    await asyncio.to_thread(loading.prepare)
    _settle()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await jobs.drain(seconds=DRAIN_SECONDS)
    await send({"type": "lifespan.shutdown.complete"})
