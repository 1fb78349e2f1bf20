"""The way a card's character speaks, against the tables of its language; kept with its sheet."""

from __future__ import annotations

from functools import lru_cache

from chat import lexicons
from chat.colloquial import Voice, voice_for
from chat.given import Sheet


def voice_of(sheet: Sheet, scene: str) -> Voice:
    """Return which rules hold for this character in this scene: what it says in its own card is its own."""
    # A rehearsal reads its draft anew each time: keeping that would keep every draft there was.
    return _kept(sheet, scene) if sheet.key else _voice(sheet, scene)


@lru_cache(maxsize=256)
def _kept(sheet: Sheet, scene: str) -> Voice:
    return _voice(sheet, scene)


def _voice(sheet: Sheet, scene: str) -> Voice:
    ours = sheet.ours
    reflexes = [line for lines in ours.reflexes.values() for line in lines]
    examples = [exchange.character for exchange in sheet.exchanges]
    return voice_for(
        lexicons.colloquial(is_chinese=sheet.is_chinese),
        formality=sheet.profile.formality,
        era=sheet.profile.era,
        scene=scene,
        own=(*ours.catchphrases, *examples, sheet.card.first_mes, ours.outage, *reflexes),
    )
