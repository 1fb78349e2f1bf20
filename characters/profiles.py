"""A card's voice as the plain profile that detectors read."""

from __future__ import annotations

from characters.cards.schema import CharacterCard
from characters.models import CharacterVersion
from companion_site.core.text import language_of
from moderation.profiles import CharacterProfile


def profile_of(version: CharacterVersion) -> CharacterProfile:
    """Return the profile of a version's card."""
    return profile_of_card(version.view)


def profile_of_card(card: CharacterCard) -> CharacterProfile:
    """Return the profile of a card; a card without our fields gives its name and language."""
    ours = card.cardia
    return CharacterProfile(
        name=card.char,
        language=ours.language or language_of(f"{card.description} {card.first_mes}", default="zh-Hans"),
        era=ours.style.era,
        forbidden=ours.style.forbidden,
        catchphrases=ours.catchphrases,
        sentence_length=ours.style.sentence_length,
        formality=ours.style.formality,
        reply_length=ours.style.reply_length if "style" in card.extension else (0, 0),
        catchphrase_rate=ours.style.catchphrase_rate,
    )
