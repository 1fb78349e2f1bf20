"""The tree seen from above: where its branches end, the named places, what was deleted and can come back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count
from django.utils import timezone

from chat.models import Checkpoint, Conversation, Message
from chat.models.message import MessageQuerySet
from chat.services.branches import KEPT

# What a list shows of a message; a trace may be long.
_SHOWN = (
    *("public_id", "conversation", "parent", "role", "text", "depth", "status"),
    *("removed_at", "deleted_at", "created_at"),
)


@dataclass(frozen=True, slots=True)
class Deleted:
    """The first message of a deleted branch, and how many went with it."""

    message: Message
    count: int


@dataclass(frozen=True, slots=True)
class Undo:
    """A message just deleted, and the public id of the one the conversation stood at before, as the way back."""

    message: Message
    shown: str


def ends_of(conversation: Conversation) -> MessageQuerySet:
    """Return the last message of every branch, the newest first."""
    return conversation.messages.ends().only(*_SHOWN).order_by("-pk")


def end_on_show(conversation: Conversation) -> int | None:
    """Return the id of the last message of the branch on show, also when one has gone back on it."""
    return Message.objects.newest_below(conversation.head_id) if conversation.head_id is not None else None


def places_of(conversation: Conversation) -> list[Checkpoint]:
    """Return the named places that can be gone to, in the order they were named."""
    rows = Checkpoint.objects.filter(conversation=conversation, message__deleted_at=None)
    return list(rows.select_related("message").defer("message__trace", "message__state").order_by("pk"))


def deleted_of(conversation: Conversation) -> MessageQuerySet:
    """Return the first message of every branch that can still be brought back, the last deleted first."""
    rows = conversation.messages.deleted_since(timezone.now() - KEPT)
    return rows.only(*_SHOWN).order_by("-deleted_at", "pk")


def counted(roots: Iterable[Message]) -> list[Deleted]:
    """Return deleted branches with how many messages went with each: they share the moment."""
    found = list(roots)
    if not found:
        return []
    rows = Message.objects.filter(
        conversation=found[0].conversation_id, deleted_at__in=[row.deleted_at for row in found]
    ).exclude(role=Message.Role.PLATFORM)
    counts = dict(rows.values_list("deleted_at").annotate(n=Count("pk")))
    return [Deleted(row, counts[row.deleted_at]) for row in found]
