"""Character Card V2, read to the V3 shape and written as the backfill other programs look for."""

from __future__ import annotations

import copy

from characters.cards.errors import CardRefused, Refusal
from characters.cards.limits import Json, JsonObject
from characters.cards.report import Line, Note, ReportBuilder
from characters.cards.shape import fill_data

SPEC = "chara_card_v2"
BACKFILL_NOTE = "\n\n[This is the V2 copy of a Character Card V3. Programs that read V3 use the full card instead.]"
V3_ONLY = (
    "nickname",
    "creator_notes_multilingual",
    "source",
    "group_only_greetings",
    "creation_date",
    "modification_date",
    "assets",
)


def read(card: JsonObject, report: ReportBuilder) -> tuple[JsonObject, JsonObject]:
    """Return (`data` in the V3 shape, root keys to keep)."""
    report.spec = SPEC
    raw = card.get("data")
    if not isinstance(raw, dict):
        raise CardRefused(Refusal.WRONG_TYPE, "data", wanted="object", found=type(raw).__name__)
    data = fill_data(raw, report)
    notes = data["creator_notes"]
    if isinstance(notes, str) and notes.endswith(BACKFILL_NOTE):
        data["creator_notes"] = notes.removesuffix(BACKFILL_NOTE)
        report.warnings.append(Line("data.creator_notes", Note.BACKFILL))
    return data, root_extras(card, report)


def root_extras(card: JsonObject, report: ReportBuilder) -> JsonObject:
    """Return the root keys of `card` but `data`; those beyond the spec are reported as kept."""
    extras = {name: value for name, value in card.items() if name != "data"}
    report.kept.extend(Line(name, Note.UNKNOWN_KEY) for name in extras if name not in {"spec", "spec_version"})
    return extras


def write(data: JsonObject) -> JsonObject:
    """Return the V2 backfill of V3 `data`: V3-only fields left out, decorators stripped, a note to the reader."""
    kept = {name: copy.deepcopy(value) for name, value in data.items() if name not in V3_ONLY}
    kept["creator_notes"] = f"{kept.get('creator_notes') or ''}{BACKFILL_NOTE}"
    book = kept.get("character_book")
    if isinstance(book, dict) and isinstance(book.get("entries"), list):
        book["entries"] = [_without_decorators(entry) for entry in book["entries"]]  # type: ignore[union-attr]
    return {"spec": SPEC, "spec_version": "2.0", "data": kept}


def _without_decorators(entry: Json) -> Json:
    if not isinstance(entry, dict) or not isinstance(entry.get("content"), str):
        return entry
    lines = str(entry["content"]).split("\n")
    while lines and lines[0].startswith("@@"):
        lines.pop(0)
    return {**entry, "content": "\n".join(lines).lstrip("\n") if lines else ""}
