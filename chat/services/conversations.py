"""Beginning a conversation, putting it away, changing its scene."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.models import Persona, User
from accounts.services import default_persona
from characters.models import Character
from chat import limits, scenes
from chat.exceptions import CharacterAway
from chat.models import Conversation
from chat.services import greetings
from companion_site.core.exceptions import Invalid


def may_speak(character: Character, fan: User) -> bool:
    """Whether the character may be spoken to now: live and suited to the fan's age, or the fan's own."""
    if character.owner_id == fan.pk:
        return True
    return character.is_live and (character.rating != "romance" or fan.is_adult)


def start_conversation(
    fan: User, character: Character, *, persona: Persona | None = None, afresh: bool = False, rehearsal: bool = False
) -> Conversation:
    """Return the fan's newest conversation with the character, or begin one with the card's greeting.

    Every greeting open to the fan becomes a swipe of the first message. The conversation is pinned to the
    published version; a `rehearsal` by the owner, and any chat before the first publication, reads the
    draft. Atomic. Raises `CharacterAway`, and `TooManyRequests` past the limit of an hour.
    """
    if not may_speak(character, fan):
        raise CharacterAway
    own = character.owner_id == fan.pk
    version = None if own and (rehearsal or character.published_id is None) else character.published
    if not afresh:
        found = (
            Conversation.objects.owned_by(fan)
            .filter(character=character, archived_at=None, version__isnull=version is None)
            .exclude(channel=Conversation.Channel.API)
            .order_by("-last_message_at")
            .first()
        )
        if found is not None:
            return found
    limits.begin_chat(fan)
    with transaction.atomic():
        conversation = Conversation.objects.create(
            fan=fan,
            character=character,
            version=version,
            persona=persona or default_persona(fan),
            scene=character.scene,
            last_message_at=timezone.now(),
        )
        conversation.head = greetings.greet(conversation, name=fan_name(conversation))
        conversation.save(update_fields=["head", "updated_at"])
    return conversation


def fan_name(conversation: Conversation) -> str:
    """Return how the character calls the fan here."""
    return conversation.persona.name if conversation.persona is not None else conversation.fan.name


def refresh_greetings(conversation: Conversation) -> None:
    """Let greetings that have been bought or earned since stand beside the first one. Safe to repeat.

    A chat from a file keeps the beginning it came with.
    """
    if conversation.channel == Conversation.Channel.IMPORT:
        return
    greetings.offer_greetings(conversation, name=fan_name(conversation))


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
