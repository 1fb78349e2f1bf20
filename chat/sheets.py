"""Reads cards into sheets and keeps the sheets of frozen versions, so that a turn parses no card."""

from __future__ import annotations

from functools import lru_cache
from uuid import UUID

from characters.cards.schema import CharacterCard
from characters.models import CharacterVersion
from characters.profiles import profile_of_card
from chat import lexicons
from chat.detectors import emotion
from chat.given import Sheet
from chat.models import Conversation

# From here on an example's fan line counts as having a feeling.
_FELT = 0.4
_KEPT = 256


def sheet_of(card: CharacterCard, *, key: str) -> Sheet:
    """Return the sheet of a card; `key` must change when the card does."""
    exchanges = card.examples
    lexicon = lexicons.emotions()
    feelings = [emotion.detect(exchange.fan, lexicon) for exchange in exchanges]
    return Sheet(
        key=key,
        card=card,
        ours=card.cardia,
        lore=card.book,
        exchanges=exchanges,
        emotions=tuple(f.emotion if f.score >= _FELT else "neutral" for f in feelings),
        profile=profile_of_card(card),
    )


@lru_cache(maxsize=_KEPT)
def _frozen(public_id: UUID) -> tuple[CharacterVersion, Sheet]:
    rows = CharacterVersion.objects.select_related("character").defer("character__card", "character__envelope")
    version = rows.get(public_id=public_id)
    return version, sheet_of(version.view, key=str(version.public_id))


def of_conversation(conversation: Conversation) -> tuple[CharacterVersion, Sheet]:
    """Return version (with its character) and sheet of a conversation; a rehearsal reads the draft as it stands.

    Versions never change, so the kept ones never go stale.
    """
    if conversation.version is not None:
        return _frozen(conversation.version.public_id)
    character = conversation.character
    version = CharacterVersion(character=character, number=0, card=character.card, envelope=character.envelope)
    return version, sheet_of(version.view, key="")
