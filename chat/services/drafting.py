"""Opening a draft of the fan's own next line: may it be drawn, and from what. Stores nothing and asks no model."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from accounts.models import User
from chat import generation, limits, sheets
from chat.models import Conversation, Message
from chat.prompts.draft import Draft, draft_of
from chat.prompts.limits import limits_of
from chat.route import Route
from chat.routing import route_of
from chat.services import sending
from chat.services.turns import cast_of
from companion_site.core import ratelimit

_RATE_WINDOW = 60


@dataclass(frozen=True, slots=True)
class OpenDraft:
    """A draft and which models may write it; it holds no row, so that nothing of the database is needed any more."""

    draft: Draft
    route: Route


def open_draft(conversation: Conversation, fan: User) -> OpenDraft:
    """Return what a line for the fan is drawn from, at the head of the branch on show.

    Counts against a limit of its own. Raises `CharacterAway`, `TurnInProgress` while a reply is being written,
    `TooManyRequests`, `BudgetSpent`.
    """
    sending.require_presence(conversation, fan)
    if conversation.messages.running().exists():
        raise sending.in_progress(conversation)
    ratelimit.hit("chat.draft", fan.pk, limit=settings.CHAT_TURNS_PER_MINUTE, window_seconds=_RATE_WINDOW)
    # A draft asks the model as a reply does, and is paid from the same allowance.
    limits.spend(fan, conversation)
    route = route_of(tier=fan.tier, adapter="", purpose="draft")
    bounds = limits_of(generation.model(route).name, settings.CHAT_PROMPT_LIMITS)
    _, sheet = sheets.of_conversation(conversation)
    head = conversation.head_id
    lines = Message.objects.lines_to(head, limit=bounds.messages) if head is not None else []
    draft = draft_of(cast_of(conversation, sheet), lines, bounds, seed=sending.new_seed())
    return OpenDraft(draft, route)
