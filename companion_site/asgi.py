"""The ASGI entry point: Django, plus what to do when the server starts and stops."""

from __future__ import annotations

import asyncio
import gc
import os
import resource
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "companion_site.settings")
django.setup(set_prefix=False)

from chat import closing, following, loading  # noqa: E402 - models need the apps that Django has just loaded
from chat.openai import serving  # noqa: E402
from companion_site.core.threads import LastingThreadsHandler  # noqa: E402

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]

GC_THRESHOLD = 20_000
# Somebody who presses Ctrl-C waits no longer than this; SIGTERM leaves replies `CHAT_DRAIN_SECONDS` to end.
HASTY_SECONDS = 2.0
# Streams open at once are files open at once; many systems begin with a thousand.
FILES = 65_536

pages = LastingThreadsHandler()
face = serving.FaceHandler()


async def application(scope: Message, receive: Receive, send: Send) -> None:
    """Serve one request, or the life of this process."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
    elif following.wants(scope):
        await following.follow(scope, receive, send)
    elif serving.wants(scope):
        await face(scope, receive, send)
    else:
        await pages(scope, receive, send)


def _settle() -> None:
    """Let the collector forget what lives as long as the process; walking it again cost a tenth of every turn."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD, 20, 100)


def _allow_files() -> None:
    """Let this process hold as many connections as the system allows it to ask for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def _live(receive: Receive, send: Send) -> None:
    await receive()
    _allow_files()
    await asyncio.to_thread(loading.prepare)
    _settle()
    closing.on_sigterm()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await closing.close(seconds=HASTY_SECONDS)
    await send({"type": "lifespan.shutdown.complete"})
