"""What a lorebook says of itself, besides its entries, and how that is changed. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from characters.cards import limits
from characters.cards.errors import CardRefused, Refusal
from characters.cards.limits import Json, JsonObject

HIGHEST = 10_000_000
# What a form or the API may say of a book as a whole, and as what; everything else of it stays.
SETTINGS: dict[str, type] = {
    "name": str,
    "description": str,
    "scan_depth": int,
    "token_budget": int,
    "recursive_scanning": bool,
}


def changed(book: JsonObject, settings: Mapping[str, Json]) -> JsonObject:
    """Return the book with these settings (None removes one); raise `CardRefused` naming the first wrong one."""
    out: JsonObject = {"extensions": {}, "entries": [], **book}
    for name, wanted in SETTINGS.items():
        if name not in settings:
            continue
        value = settings[name]
        _check(name, value, wanted)
        if value is None:
            out.pop(name, None)
        else:
            out[name] = value
    return out


def _check(name: str, value: Json, wanted: type) -> None:
    limits.check(value, where=name)
    if value is not None and (not isinstance(value, wanted) or (isinstance(value, bool) and wanted is int)):
        raise CardRefused(Refusal.WRONG_TYPE, name, wanted=wanted.__name__, found=type(value).__name__)
    if isinstance(value, str) and len(value) > limits.TEXT_CHARS:
        raise CardRefused(Refusal.TOO_LONG, name, limit=limits.TEXT_CHARS)
    if isinstance(value, int) and not 0 <= value <= HIGHEST:
        raise CardRefused(Refusal.BAD_NUMBER, name, value=value)
