"""Beginning a conversation, choosing between swipes, taking a copy home."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import Persona, User
from accounts.services import default_persona
from characters.macros import expand
from characters.models import Character
from chat import scenes, sheets
from chat.exceptions import CharacterAway, TurnInProgress
from chat.models import Conversation, Message
from companion_site.core.exceptions import Invalid

_EXPORT_FORMAT = "cardia.conversation/1"


def may_speak(character: Character, fan: User) -> bool:
    """Whether the character may be spoken to now: live and suited to the fan's age, or the fan's own."""
    if character.owner_id == fan.pk:
        return True
    return character.is_live and (character.rating != "romance" or fan.is_adult)


def start_conversation(
    fan: User, character: Character, *, persona: Persona | None = None, afresh: bool = False, rehearsal: bool = False
) -> Conversation:
    """Return the fan's newest conversation with the character, or begin one with the card's greeting.

    Every greeting of the card becomes a swipe of the first message. The conversation is pinned to the
    published version; a `rehearsal` by the owner, and any chat before the first publication, reads the
    draft. Atomic. Raises `CharacterAway`.
    """
    if not may_speak(character, fan):
        raise CharacterAway
    own = character.owner_id == fan.pk
    version = None if own and (rehearsal or character.published_id is None) else character.published
    if not afresh:
        found = (
            Conversation.objects.owned_by(fan)
            .filter(character=character, archived_at=None, version__isnull=version is None)
            .order_by("-last_message_at")
            .first()
        )
        if found is not None:
            return found
    with transaction.atomic():
        conversation = Conversation.objects.create(
            fan=fan,
            character=character,
            version=version,
            persona=persona or default_persona(fan),
            scene=character.scene,
            last_message_at=timezone.now(),
        )
        _greet(conversation)
    return conversation


def fan_name(conversation: Conversation) -> str:
    """Return how the character calls the fan here."""
    return conversation.persona.name if conversation.persona is not None else conversation.fan.name


def _greet(conversation: Conversation) -> None:
    version, sheet = sheets.of_conversation(conversation)
    name = fan_name(conversation)
    rows = [
        Message(
            conversation=conversation,
            fan_id=conversation.fan_id,
            role=Message.Role.CHARACTER,
            text=expand(text, char=sheet.char, user=name).strip(),
            position=number,
            version_id=conversation.version_id,
        )
        for number, text in enumerate(sheet.card.greetings)
    ]
    greetings = Message.objects.bulk_create(rows)
    if greetings:
        conversation.head = greetings[0]
        conversation.save(update_fields=["head", "updated_at"])


def archive_conversation(conversation: Conversation) -> None:
    """Put a conversation away: out of the list, still readable and in the export."""
    Conversation.objects.filter(pk=conversation.pk, archived_at=None).update(archived_at=timezone.now())


def choose_scene(conversation: Conversation, name: str) -> Conversation:
    """Let the next replies be drawn in another scene. Raises `Invalid` for one nobody wrote."""
    if name not in scenes.presets():
        raise Invalid(field="scene")
    conversation.scene = name
    conversation.save(update_fields=["scene", "updated_at"])
    return conversation


def select_swipe(fan: User, message: Message) -> Message:
    """Show the branch of `message`: its newest descendant becomes the head. Raises `TurnInProgress`."""
    conversation = message.conversation
    if conversation.messages.running().exists():
        raise TurnInProgress
    head_id = Message.objects.newest_below(message.pk)
    Conversation.objects.filter(pk=conversation.pk).update(head_id=head_id)
    return message


def siblings_of(message: Message) -> list[Message]:
    """Return the swipes of a message, itself among them, in order."""
    rows = Message.objects.filter(conversation_id=message.conversation_id, role=message.role, parent=message.parent_id)
    return list(rows.order_by("position", "pk"))


def export_conversation(conversation: Conversation) -> dict[str, Any]:
    """Return the whole tree as JSON members, labelled as AI-generated where it is."""
    rows = conversation.messages.order_by("pk").select_related("parent")
    return {
        "format": _EXPORT_FORMAT,
        "character": conversation.character.name,
        "version": conversation.version.number if conversation.version is not None else 0,
        "fan": fan_name(conversation),
        "started_at": conversation.created_at.isoformat(),
        "notice": "Lines of role `character` were generated by AI.",
        "head": str(conversation.head.public_id) if conversation.head is not None else None,
        "messages": [
            {
                "id": str(row.public_id),
                "parent": str(row.parent.public_id) if row.parent is not None else None,
                "role": row.role,
                "text": "" if row.removed_at else row.text,
                "status": row.status,
                "said_at": row.created_at.isoformat(),
                "generated_by_ai": row.role == Message.Role.CHARACTER,
            }
            for row in rows
        ],
    }
