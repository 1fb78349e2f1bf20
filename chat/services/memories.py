"""Turning what a fan told into memories, and forgetting them."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from chat import lexicons
from chat.clock import zone_of
from chat.memory import vectors
from chat.memory.extract import Fact, extract
from chat.models import Memory, Message
from companion_site.core.text import language_of


def digest_message(message: Message) -> list[Memory]:
    """Keep the facts a fan's message tells, each once for this character; told again, a fact gets a new date.

    Idempotent. Computes vectors: for a worker, never for the event loop.
    """
    if message.role != Message.Role.FAN or message.removed_at or message.deleted_at:
        return []
    facts = extract(message.text, lexicons.facts())
    packed = [vectors.pack(vectors.embed(fact.text)) for fact in facts]
    with transaction.atomic():
        return [_keep(message, fact, vector) for fact, vector in zip(facts, packed, strict=True)]


def _keep(message: Message, fact: Fact, vector: bytes) -> Memory:
    told_on = timezone.localdate(message.created_at, zone_of(message.conversation.fan))
    due_on = told_on + timedelta(days=fact.due_days) if fact.due_days is not None else None
    memory, is_new = Memory.objects.get_or_create(
        fan_id=message.fan_id,
        character_id=message.conversation.character_id,
        kind=fact.kind,
        text=fact.text,
        defaults={
            "message": message,
            "language": language_of(message.text),
            "keywords": list(fact.keywords),
            "vector": vector,
            "told_at": message.created_at,
            "due_on": due_on,
        },
    )
    if not is_new and memory.told_at < message.created_at:
        memory.message, memory.told_at, memory.due_on = message, message.created_at, due_on
        memory.save(update_fields=["message", "told_at", "due_on", "updated_at"])
    return memory


def forget_memory(fan: User, memory: Memory) -> None:
    """Erase a memory at the fan's wish; the message it came from stays, and is not digested again."""
    Memory.objects.owned_by(fan).filter(pk=memory.pk).delete()
