"""What a JSON document is — a card of which specification, a lorebook, a foreign format — and the card in it."""

from __future__ import annotations

from dataclasses import dataclass

from characters.cards import foreign, v1, v2, v3, worldinfo
from characters.cards.errors import CardRefused, Refusal
from characters.cards.limits import Json, JsonObject
from characters.cards.report import Line, Note, ReportBuilder
from characters.cards.schema import CharacterCard
from characters.cards.shape import fill_book, fill_data

LOREBOOK = "lorebook_v3"


@dataclass(frozen=True, slots=True)
class Document:
    """Exactly one of `card` and `book` is set; `envelope` is what stood beside it at the root."""

    card: CharacterCard | None
    book: JsonObject | None
    envelope: JsonObject


def read(value: Json, report: ReportBuilder) -> Document:
    """Return what `value` is; raise `CardRefused` where it is nothing we know, or a field has a wrong type."""
    if not isinstance(value, dict):
        raise CardRefused(Refusal.NOT_A_CARD, "$")
    if value.get("spec") == LOREBOOK:
        return _lorebook(value, report)
    if "spec" not in value and worldinfo.looks_like(value):
        report.spec = worldinfo.SPEC
        return Document(None, fill_book(worldinfo.read(value), "book", report), {})
    data, envelope = _by_spec(value, report)
    return Document(CharacterCard(data, envelope), None, envelope)


def _lorebook(value: JsonObject, report: ReportBuilder) -> Document:
    report.spec = LOREBOOK
    raw = value.get("data")
    if not isinstance(raw, dict):
        raise CardRefused(Refusal.WRONG_TYPE, "data", wanted="object", found=type(raw).__name__)
    return Document(None, fill_book(raw, "data", report), v2.root_extras(value, report))


def _by_spec(card: JsonObject, report: ReportBuilder) -> tuple[JsonObject, JsonObject]:
    spec = card.get("spec")
    if spec == v2.SPEC:
        return v2.read(card, report)
    if spec == v3.SPEC:
        return v3.read(card, report)
    data = card.get("data")
    if isinstance(data, dict) and "name" in data:
        if spec is None:
            report.warnings.append(Line("spec", Note.NO_SPEC))
            return v2.read(card, report)
        report.warnings.append(Line("spec", Note.ODD_SPEC, str(spec)[:40]))
        return v3.read(card, report)
    if spec is None and v1.looks_like(card):
        return v1.read(card, report)
    adapter = foreign.reader_of(card) if spec is None else None
    if adapter is not None:
        return fill_data(adapter(card, report), ReportBuilder()), {}
    raise CardRefused(Refusal.NOT_A_CARD, "spec")
