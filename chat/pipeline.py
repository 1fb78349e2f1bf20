"""Runs the stages of a reply in the order of `settings.CHAT_PIPELINE`, and closes the turn whatever happens.

Reading the setting from top to bottom is reading what happens. A stage is `async def stage(turn) -> None`
or an async generator of events; it fills fields of the turn and knows no other stage.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from functools import lru_cache, wraps
from time import perf_counter
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from chat import database, services
from chat.notes import refused
from chat.turn import Event, Stage, Turn
from companion_site.core.exceptions import DomainError

logger = logging.getLogger(__name__)

_NO_EVENTS: tuple[Event, ...] = ()


@lru_cache(maxsize=8)
def _load(paths: tuple[str, ...]) -> tuple[tuple[str, Stage], ...]:
    return tuple((path.split(".")[-2], _adapted(import_string(path))) for path in paths)


def _adapted(stage: Callable[[Turn], Any]) -> Stage:
    """Give a stage without events the shape of one with events, once, at load."""
    if inspect.isasyncgenfunction(stage):
        return stage

    @wraps(stage)
    async def silent(turn: Turn) -> AsyncGenerator[Event, None]:
        await stage(turn)
        for event in _NO_EVENTS:  # what makes this a generator
            yield event

    return silent


async def run(turn: Turn) -> AsyncGenerator[Event, None]:
    """Yield the events of the turn, in order; afterwards it is stored, as far as it came."""
    began = perf_counter()
    try:
        for name, stage in _load(tuple(settings.CHAT_PIPELINE)):
            entered = perf_counter()
            async with aclosing(stage(turn)) as events:
                async for event in events:
                    yield event
            turn.timings[name] = round((perf_counter() - entered) * 1000, 2)
        turn.end("complete")
    except DomainError as error:
        logger.info("turn %s refused: %s", turn.public_id, error.code)
        turn.end("failed", error.code)
        yield refused(turn, error)
    except Exception:
        turn.end("failed", "server_error")
        raise
    finally:
        turn.timings["all"] = round((perf_counter() - began) * 1000, 2)
        turn.trace["timings_ms"] = turn.timings
        # The task may be cancelled (stop, shutdown): storing what was said must not be.
        await asyncio.shield(database.run(services.close_turn, turn))
