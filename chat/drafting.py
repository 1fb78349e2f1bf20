"""Lets a model write a line for the fan, which passes the guard on the fan's side before anybody sees it."""

from __future__ import annotations

import asyncio
import logging

from chat import generation
from chat.exceptions import DraftBlocked, DraftUnavailable, ParkIsFull
from chat.prompts.draft import drafted
from chat.prompts.reply import has_words
from chat.services.drafting import OpenDraft
from companion_site.providers.base import ModelError
from moderation import guard

logger = logging.getLogger(__name__)

_TRIES = 2
# Whoever waits for a suggestion waits less long than for a reply; the line is written sooner by hand.
_SECONDS = 20.0
# Each keeps a request, and so one of the few threads of the pages, waiting for the model.
_AT_ONCE = 3

_writing: set[asyncio.Task[object] | None] = set()


async def write(opened: OpenDraft) -> str:
    """Return a line the fan may use or change. Holds no database connection.

    A line the guard would not let through, or that holds no word, is drawn once more. Raises `DraftBlocked`,
    `DraftUnavailable` where no model answered in time or none found words, and `ParkIsFull` where this process
    is writing as many drafts as it may.
    """
    if len(_writing) >= _AT_ONCE:
        raise ParkIsFull(retry_after_seconds=3)
    me = asyncio.current_task()
    _writing.add(me)
    try:
        return await _written(opened)
    finally:
        _writing.discard(me)


async def _written(opened: OpenDraft) -> str:
    is_blocked = False
    try:
        async with asyncio.timeout(_SECONDS):
            for retry in range(_TRIES):
                text = drafted(opened.draft, await _drawn(opened, retry))
                if not has_words(text):
                    continue
                verdict = guard.screen(text, side="fan")
                # Nor does the platform put despair into anybody's mouth.
                if not verdict.is_blocked and not verdict.crisis:
                    return text
                is_blocked = True
    except (ModelError, TimeoutError) as error:
        logger.info("draft failed: %s", getattr(error, "kind", "timeout"))
        raise DraftUnavailable from error
    raise DraftBlocked if is_blocked else DraftUnavailable


async def _drawn(opened: OpenDraft, retry: int) -> str:
    draft = opened.draft
    return await generation.complete(opened.route, draft.messages, draft.sampling(retry=retry))
