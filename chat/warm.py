"""Fills the model's prefix cache when a fan opens a chat: the wait happens while they think, not after they send."""

from __future__ import annotations

import asyncio
import contextvars
import time
from collections.abc import Sequence

from asgiref.sync import async_to_sync
from django.conf import settings

from chat import generation, jobs, sheets
from chat.given import Cast
from chat.models import Conversation, Message
from chat.prompts import examples
from chat.prompts.limits import limits_of
from chat.prompts.render import opening
from chat.services.conversations import fan_name
from companion_site.providers.base import ChatMessage

# The same chat is not warmed again within this time; the model remembers it longer.
_AGAIN_SECONDS = 60.0
_HISTORY = 60
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
    async_to_sync(_begin)(front(conversation))


def front(conversation: Conversation) -> tuple[ChatMessage, ...]:
    """Return what the next prompt of this conversation will begin with, whatever the fan writes."""
    _, sheet = sheets.of_conversation(conversation)
    limits = limits_of(generation.model().name, settings.CHAT_PROMPT_LIMITS)
    description = conversation.persona.description if conversation.persona is not None else ""
    cast = Cast(sheet, fan_name(conversation), description, conversation.scene)
    chosen = examples.choose(
        sheet.exchanges, message="", emotions=sheet.emotions, emotion="neutral", counts=(limits.examples, 0)
    )
    history = Message.objects.lines_to(conversation.head_id, limit=_HISTORY) if conversation.head_id else []
    return opening(cast, history, limits=limits, examples=chosen)


async def _begin(messages: Sequence[ChatMessage]) -> None:
    """Start the warming on the server's own event loop, which outlives the request."""
    if jobs.is_eager():
        await generation.model().warm(messages)
        return
    task = asyncio.get_running_loop().create_task(generation.model().warm(messages), context=contextvars.Context())
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)
