"""The old front door of import, for those who only know cards: use `files.load`."""

from __future__ import annotations

from characters.cards import files
from characters.cards.errors import CardRefused, Refusal
from characters.cards.report import ImportReport
from characters.cards.schema import CharacterCard


def read(filename: str, data: bytes) -> tuple[CharacterCard, bytes | None, ImportReport]:
    """Return (card, bytes of its picture or None, report); raise `CardRefused` with reason and path."""
    loaded = files.load(filename, data)
    if loaded.card is None:
        raise CardRefused(Refusal.LOREBOOK_ALONE, "spec")
    return loaded.card, loaded.picture, loaded.report
