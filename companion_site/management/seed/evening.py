"""The conversations of the demo evening, as if they had been held."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts.models import Persona, User
from characters.models import Character
from chat.models import Conversation, Memory, Message
from companion_site.management.seed.sources import Source

PAUSE = timedelta(seconds=70)
_MEMORY_KINDS = {"fact": Memory.Kind.SELF, "event": Memory.Kind.EVENT}


def hold(row: Source, fan: User, persona: Persona, character: Character) -> list[Message]:
    """Write one conversation with its greeting, messages and memories; return the messages after the greeting."""
    version = character.published
    assert version is not None
    begun = _begun(row, ZoneInfo(fan.time_zone))
    conversation = Conversation.objects.create(
        fan=fan, character=character, version=version, persona=persona, scene=row["scene"]
    )
    greetings = [
        _say(conversation, None, Message.Role.CHARACTER, text, begun, position=index)
        for index, text in enumerate(version.view.greetings)
    ]
    last, said = greetings[row["greeting"]], []
    for index, message in enumerate(row["messages"], start=1):
        last = _say(conversation, last, Message.Role(message["from"]), message["text"], begun + index * PAUSE)
        said.append(last)
    conversation.head = last
    conversation.turns_count = sum(message["from"] == "fan" for message in row["messages"])
    conversation.last_message_at = last.created_at
    conversation.save(update_fields=["head", "turns_count", "last_message_at"])
    for memory in row.get("memories", []):
        _remember(memory, conversation, said)
    return said


def _begun(row: Source, zone: ZoneInfo) -> datetime:
    """Return when the conversation began: at the given clock time, never in the future."""
    now = timezone.now().astimezone(zone)
    day = now.date() - timedelta(days=row["days_ago"])
    begun = datetime.combine(day, time.fromisoformat(row["at"]), tzinfo=zone)
    length = (len(row["messages"]) + 1) * PAUSE
    return begun if begun + length <= now else begun - timedelta(days=1)


def _say(
    conversation: Conversation, parent: Message | None, role: str, text: str, at: datetime, *, position: int = 0
) -> Message:
    message = Message.objects.create(
        conversation=conversation,
        fan=conversation.fan,
        parent=parent,
        role=role,
        text=text,
        depth=parent.depth + 1 if parent is not None else 0,
        position=position,
        version=conversation.version if role == Message.Role.CHARACTER else None,
        scene=conversation.scene,
    )
    Message.objects.filter(pk=message.pk).update(created_at=at)
    message.created_at = at
    return message


def _remember(row: Source, conversation: Conversation, said: list[Message]) -> None:
    source = said[row["from_message"]] if row["from_message"] is not None else None
    told_at = source.created_at if source else timezone.now() - timedelta(days=1)
    follow_up = row["follow_up_in_days"]
    Memory.objects.create(
        fan=conversation.fan,
        character=conversation.character,
        message=source,
        kind=_MEMORY_KINDS[row["kind"]],
        text=row["text"][:120],
        language=conversation.character.language,
        told_at=told_at,
        due_on=(timezone.localdate() + timedelta(days=follow_up)) if follow_up is not None else None,
    )
