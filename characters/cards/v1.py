"""Character Card V1: six flat strings."""

from __future__ import annotations

from characters.cards.limits import JsonObject
from characters.cards.report import Line, Note, ReportBuilder
from characters.cards.shape import V1_FIELDS, fill_data


def looks_like(card: JsonObject) -> bool:
    """Whether `card` is flat and has a name together with at least one more of the six fields."""
    return "data" not in card and "name" in card and any(name in card for name in V1_FIELDS[1:])


def read(card: JsonObject, report: ReportBuilder) -> tuple[JsonObject, JsonObject]:
    """Return (`data` as in V3, root keys to keep). What V1 does not know is defaulted silently."""
    report.spec = "chara_card_v1"
    flat = {name: card[name] for name in V1_FIELDS if name in card}
    report.defaulted.extend(Line(f"{name}", Note.MISSING) for name in V1_FIELDS if name not in card)
    silent = ReportBuilder()
    data = fill_data(flat, silent)
    report.warnings.extend(silent.warnings)
    envelope = {name: value for name, value in card.items() if name not in V1_FIELDS}
    report.kept.extend(Line(name, Note.UNKNOWN_KEY) for name in envelope)
    return data, envelope
