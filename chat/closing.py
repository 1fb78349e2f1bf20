"""Ends this process without losing a word: no new turns, time for those that run, and readers sent to come back.

The server itself would stop listening at the first signal; here it goes on answering while replies end, so that a
load balancer, which reads `/readyz`, has time to look elsewhere and nobody meets a closed door.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from collections.abc import Callable
from types import FrameType

from django.conf import settings

from chat import jobs
from chat.gate import gate
from chat.readers import readers
from chat.reply_log import reply_log

logger = logging.getLogger(__name__)

_Handler = Callable[[int, FrameType | None], object]
# The server has this long to write out the last words of the streams before it counts its connections.
_LAST_WORDS_SECONDS = 0.2
_tasks: set[asyncio.Task[None]] = set()


def on_sigterm() -> None:
    """From now on, let SIGTERM wait for the replies that run; a second one does not wait.

    The server has set up its own handling before; it is called when everything here is done.
    """
    servers_own = signal.getsignal(signal.SIGTERM)
    if not callable(servers_own) or threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()

    def handle(number: int, frame: FrameType | None) -> None:
        if not gate.report().is_open:
            servers_own(number, frame)
            return
        gate.close()
        loop.call_soon_threadsafe(_begin, servers_own, number)

    signal.signal(signal.SIGTERM, handle)


def _begin(servers_own: _Handler, number: int) -> None:
    task = asyncio.get_running_loop().create_task(_leave(servers_own, number))
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


async def _leave(servers_own: _Handler, number: int) -> None:
    try:
        await close(seconds=settings.CHAT_DRAIN_SECONDS)
    finally:
        servers_own(number, None)


async def close(*, seconds: float) -> None:
    """Take no new turns, give running replies so long to end, interrupt the rest, and send the readers away."""
    logger.info("closing: %s replies, %s readers", jobs.running(), len(readers))
    await jobs.drain(seconds=seconds)
    # Readers of replies that ended here have their last frame by now; the others come back to another process.
    await asyncio.sleep(_LAST_WORDS_SECONDS if len(readers) else 0)
    if readers.let_go():
        await asyncio.sleep(_LAST_WORDS_SECONDS)
    await reply_log().aclose()
