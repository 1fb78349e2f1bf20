"""Reads cards into sheets and keeps the sheets of frozen versions, so that a turn parses no card and compiles no book.

A sheet holds what its fan may know: the card is opened to the fan's keys before anything else looks at it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from characters import locks
from characters.cards import fields
from characters.cards.schema import CharacterCard
from characters.keys import keys_for, opened
from characters.locks import NOBODY, Keys, Locked
from characters.lorebook import compile_book
from characters.macros import CardTexts
from characters.models import CharacterVersion
from characters.profiles import profile_of_card
from chat import affinity, lexicons
from chat.detectors import emotion
from chat.given import Note, Sheet
from chat.models import Conversation
from chat.prompts.examples import blocks_of

# From here on an example's fan line counts as having a feeling.
_FELT = 0.4
_KEPT = 256


def sheet_of(card: CharacterCard, *, key: str, keys: Keys = NOBODY) -> Sheet:
    """Return the sheet of a card that is open to `keys` already; `key` names it."""
    blocks = blocks_of(card.mes_example, name=card.name)
    exchanges = tuple(exchange for block in blocks if not isinstance(block, str) for exchange in block)
    lexicon = lexicons.emotions()
    feelings = [emotion.detect(exchange.fan, lexicon) for exchange in exchanges]
    book = card.book
    return Sheet(
        key=key,
        keys=keys,
        card=card,
        ours=card.cardia,
        exchanges=exchanges,
        emotions=tuple(f.emotion if f.score >= _FELT else "neutral" for f in feelings),
        profile=profile_of_card(card),
        name=card.name,
        char=card.char,
        tags=card.tags,
        texts=_texts(card),
        blocks=blocks,
        depth_prompt=_depth_prompt(card),
        book=compile_book(book, key="card") if book.entries else None,
    )


def _texts(card: CharacterCard) -> CardTexts:
    return CardTexts(
        description=card.description,
        personality=card.personality,
        scenario=card.scenario,
        examples=card.mes_example,
        first_message=card.first_mes,
        system=card.system_prompt,
        instruction=card.post_history_instructions,
        depth_prompt=_depth_prompt(card).text,
        version=card.character_version,
        creator_notes=card.creator_notes,
    )


def _depth_prompt(card: CharacterCard) -> Note:
    raw = fields.mapping(fields.mapping(card.data, "extensions"), "depth_prompt")
    return Note.of({**raw, "position": "in_chat"}, text="prompt")


@dataclass(frozen=True, slots=True)
class _Frozen:
    """A version with its character, and what of its card is locked at all."""

    version: CharacterVersion
    locked: tuple[Locked, ...]


@lru_cache(maxsize=_KEPT)
def _frozen(public_id: UUID) -> _Frozen:
    rows = CharacterVersion.objects.select_related("character").defer("character__card", "character__envelope")
    version = rows.get(public_id=public_id)
    return _Frozen(version, locks.locks_of(version.view))


def frozen(public_id: UUID) -> CharacterVersion:
    """Return a version with its character, kept."""
    return _frozen(public_id).version


@lru_cache(maxsize=_KEPT)
def opened_to(public_id: UUID, keys: Keys) -> Sheet:
    """Return the sheet as the holder of these keys may know it; fans with the same ones share it."""
    return sheet_of(locks.open_card(_frozen(public_id).version.view, keys), key=str(public_id), keys=keys)


def of_conversation(conversation: Conversation) -> tuple[CharacterVersion, Sheet]:
    """Return version (with its character) and sheet of a conversation; a rehearsal reads the draft as it stands.

    The card is open to the conversation's fan and nobody else. Versions never change, so the kept ones never go
    stale; what a fan holds is asked each time, in one query, and only where the version has locks.
    """
    if conversation.version is not None:
        public_id = conversation.version.public_id
        kept = _frozen(public_id)
        return kept.version, opened_to(public_id, _keys(conversation, kept))
    character = conversation.character
    version = CharacterVersion(character=character, number=0, card=character.card, envelope=character.envelope)
    return version, sheet_of(opened(character, version.view, conversation.fan, affinity=_level(conversation)), key="")


def _keys(conversation: Conversation, kept: _Frozen) -> Keys:
    """Return the fan's keys as far as they matter: levels that open the same are one."""
    if not kept.locked:
        return NOBODY
    version, level = kept.version, _level(conversation)
    keys = keys_for(conversation.fan, version.character, version.view, affinity=level)
    if keys.is_owner:
        return Keys(is_owner=True)
    reached = max((found.lock.affinity for found in kept.locked if found.lock.affinity <= level), default=0)
    return Keys(offers=keys.offers, affinity=reached)


def _level(conversation: Conversation) -> int:
    return affinity.of(conversation.turns_count).level
