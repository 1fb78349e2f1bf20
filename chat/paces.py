"""How a conversation's replies are paced: what its scene says, as its character keeps it."""

from __future__ import annotations

from functools import lru_cache
from uuid import UUID

from characters.cards.cardia import CardiaFields
from characters.cards.schema import CharacterCard
from characters.models import CharacterVersion
from chat import scenes, sheets
from chat.models import Conversation
from chat.pacing import WHOLE, Manner, Pace, paced


def manner_of(conversation: Conversation) -> Manner:
    """Return how the character of a conversation answers; asks the database once for each version."""
    if conversation.version_id is None:
        character = conversation.character
        return manner_of_card(CharacterCard(character.card, character.envelope).cardia)
    if Conversation.version.is_cached(conversation) and conversation.version is not None:
        return _kept(conversation.version.public_id)
    return _kept(CharacterVersion.objects.values_list("public_id", flat=True).get(pk=conversation.version_id))


def manner_of_card(ours: CardiaFields) -> Manner:
    """Return how a card says that its character answers."""
    return Manner(ours.pace.speed, is_whole=ours.pace.bubbles == "whole")


@lru_cache(maxsize=256)
def _kept(public_id: UUID) -> Manner:
    return manner_of_card(sheets.frozen(public_id).view.cardia)


@lru_cache(maxsize=256)
def pace_of(scene: str, manner: Manner) -> Pace:
    """Return the pace of a reply drawn in this scene. What was written outside of one, like a greeting, is whole."""
    return paced(scenes.preset(scene).pace, manner) if scene else WHOLE
