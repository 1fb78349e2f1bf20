"""Character Card V2, read to the V3 shape and written as the backfill other programs look for."""

from __future__ import annotations

from characters.cards import carried, fields
from characters.cards.errors import CardRefused, Refusal
from characters.cards.limits import JsonObject
from characters.cards.report import Line, Note, ReportBuilder
from characters.cards.shape import V1_FIELDS, fill_data

SPEC = "chara_card_v2"
# The words the specification proposes, as other programs write them.
SPEC_NOTE = (
    "This character card is Character Card V3, but it is loaded as a Character Card V2. "
    "Please use a Character Card V3 compatible application to use this character card properly."
)
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
    trimmed = notes.removesuffix(BACKFILL_NOTE) if isinstance(notes, str) else ""
    if isinstance(notes, str) and notes.rstrip().endswith(SPEC_NOTE):
        trimmed = notes.rstrip().removesuffix(SPEC_NOTE).rstrip()
    if trimmed != notes:
        data["creator_notes"] = trimmed
        report.warnings.append(Line("data.creator_notes", Note.BACKFILL))
    return data, root_extras(card, report)


def root_extras(card: JsonObject, report: ReportBuilder) -> JsonObject:
    """Return the root keys of `card` but `data`; those beyond the spec are reported as kept."""
    extras = {name: value for name, value in card.items() if name != "data"}
    report.kept.extend(Line(name, Note.UNKNOWN_KEY) for name in extras if name not in {"spec", "spec_version"})
    return extras


def write(data: JsonObject) -> JsonObject:
    """Return the V2 backfill of V3 `data`: V3-only fields left out, decorators stripped, a note to the reader."""
    kept, _decorated = _older(data)
    kept["creator_notes"] = f"{kept.get('creator_notes') or ''}{BACKFILL_NOTE}"
    return {"spec": SPEC, "spec_version": "2.0", "data": kept}


def write_alone(data: JsonObject, envelope: JsonObject) -> JsonObject:
    """Return V3 `data` as a card of its own in V2; what only V3 can say is carried along for our way back."""
    kept, decorated = _older(data)
    newer: JsonObject = {name: fields.clone(data[name]) for name in V3_ONLY if name in data}
    root = {name: fields.clone(value) for name, value in envelope.items() if name not in {"spec", "spec_version"}}
    root.update({name: kept[name] for name in V1_FIELDS if name in root and name in kept})
    return {"spec": SPEC, "spec_version": "2.0", **root, "data": carried.put(kept, v3=newer, decorated=decorated)}


def _older(data: JsonObject) -> tuple[JsonObject, JsonObject]:
    """Return (`data` as V2 knows it, {index of an entry: its content with the decorators that were stripped})."""
    kept = {name: fields.clone(value) for name, value in data.items() if name not in V3_ONLY}
    decorated: JsonObject = {}
    book = kept.get("character_book")
    for i, entry in enumerate(fields.objects(book, "entries") if isinstance(book, dict) else ()):
        content = entry.get("content")
        if isinstance(content, str) and content.startswith("@@"):
            decorated[str(i)] = content
            entry["content"] = carried.bare(content)
    return kept, decorated
