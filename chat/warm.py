"""Fills the model's prefix cache when a fan opens a chat: the wait happens while they think, not after they send."""

from __future__ import annotations

import asyncio
import contextvars
import time
from collections.abc import Coroutine

from asgiref.sync import async_to_sync
from django.conf import settings
from django.utils import timezone

from characters.lorebook import ScanSettings
from chat import generation, jobs
from chat.given import Moment
from chat.models import Conversation
from chat.prompts.assemble import stable_front
from chat.prompts.limits import limits_of
from chat.routing import route_of
from chat.services.greetings import chat_seed
from chat.services.turns import standing
from companion_site.providers.base import ChatMessage

# The same chat is not warmed again within this time; the model remembers it longer.
_AGAIN_SECONDS = 60.0
_warmed: dict[int, float] = {}
_tasks: set[asyncio.Task[None]] = set()


def soon(conversation: Conversation) -> None:
    """Begin to warm the model for the next message of this conversation; never waits for it, never fails."""
    now = time.monotonic()
    if now - _warmed.get(conversation.pk, -_AGAIN_SECONDS) < _AGAIN_SECONDS:
        return
    if len(_warmed) > 10_000:
        _warmed.clear()
    _warmed[conversation.pk] = now
    route = route_of(tier=conversation.fan.tier, adapter=conversation.character.adapter)
    model = generation.model(route)
    async_to_sync(_begin)(model.warm(front(conversation, model=model.name), adapter=route.adapter))


def front(conversation: Conversation, *, model: str) -> tuple[ChatMessage, ...]:
    """Return what the next prompt of this conversation will begin with for this model, whatever the fan writes."""
    limits = limits_of(model, settings.CHAT_PROMPT_LIMITS)
    moment = Moment(timezone.now(), seed=1, chat_seed=chat_seed(conversation), model=model)
    depth = vars(conversation).get("head_depth")
    here = standing(conversation, conversation.head_id, depth=0 if depth is None else depth + 2, limits=limits)
    return stable_front(here.play, moment, limits, ScanSettings.of(settings.CHAT_LOREBOOK))


async def _begin(warming: Coroutine[None, None, None]) -> None:
    """Start the warming on the server's own event loop, which outlives the request."""
    if jobs.is_eager():
        await warming
        return
    task = asyncio.get_running_loop().create_task(warming, context=contextvars.Context())
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)
