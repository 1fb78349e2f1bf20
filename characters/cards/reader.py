"""The front door of import: finds out by content what a file is, and reads the card in it."""

from __future__ import annotations

from pathlib import PurePath

from characters.cards import limits, png, v1, v2, v3
from characters.cards.errors import CardRefused, Refusal
from characters.cards.limits import Json, JsonObject
from characters.cards.report import ImportReport, Line, Note, ReportBuilder
from characters.cards.schema import CharacterCard
from characters.cards.shape import V1_FIELDS

_ZIP = b"PK\x03\x04"
_BOM = b"\xef\xbb\xbf"


def read(filename: str, data: bytes) -> tuple[CharacterCard, bytes | None, ImportReport]:
    """Return (card, bytes of its picture or None, report); raise `CardRefused` with reason and path.

    The picture is as it came: decode it only through the art module, which checks and re-encodes it.
    """
    if len(data) > limits.FILE_BYTES:
        raise CardRefused(Refusal.FILE_TOO_LARGE, "", limit_kib=limits.FILE_BYTES // 1024)
    report = ReportBuilder()
    if data.startswith(png.SIGNATURE):
        report.container = "png"
        raw, where, older = png.card_json(data, report)
        picture: bytes | None = data
    else:
        _refuse_other_formats(data)
        raw, where, older, picture = data, "$", None, None
        if data.startswith(_BOM):
            report.warnings.append(Line("", Note.BOM))
    card = _card(limits.load_json(raw, where=where), report)
    if older is not None and _differs(card, older):
        report.warnings.append(Line("png.chara", Note.BOTH_CHUNKS))
    return _named(card, filename, report), picture, report.build()


def _differs(card: CharacterCard, older: bytes) -> bool:
    """Whether the V2 copy beside a V3 card tells another story; what cannot be read does."""
    try:
        copy = _card(limits.load_json(older), ReportBuilder())
    except CardRefused:
        return True
    mine, other = card.data, copy.data
    return any(mine.get(name) != other.get(name) for name in V1_FIELDS)


def _refuse_other_formats(data: bytes) -> None:
    head = data[:512].lstrip(_BOM).lstrip()
    if data.startswith((_ZIP, b"MZ")) or (data.startswith(b"\xff\xd8\xff") and _ZIP in data):
        raise CardRefused(Refusal.NOT_YET_CHARX)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        raise CardRefused(Refusal.NOT_YET_WEBP)
    if head[:5].lower() in {b"<?xml", b"<svg "} or b"<svg" in head.lower():
        raise CardRefused(Refusal.SVG)
    if data.startswith((b"\xff\xd8\xff", b"GIF8")):
        raise CardRefused(Refusal.NO_CARD)
    if not head.startswith((b"{", b"[")):
        raise CardRefused(Refusal.UNKNOWN_FORMAT)


def _card(value: Json, report: ReportBuilder) -> CharacterCard:
    if not isinstance(value, dict):
        raise CardRefused(Refusal.NOT_A_CARD, "$")
    data, envelope = _by_spec(value, report)
    return CharacterCard(data, envelope)


def _by_spec(card: JsonObject, report: ReportBuilder) -> tuple[JsonObject, JsonObject]:
    spec = card.get("spec")
    if spec == v2.SPEC:
        return v2.read(card, report)
    if spec == v3.SPEC:
        return v3.read(card, report)
    if spec == "lorebook_v3" or ("entries" in card and "first_mes" not in card):
        raise CardRefused(Refusal.LOREBOOK_ALONE, "spec")
    data = card.get("data")
    if isinstance(data, dict) and "name" in data:
        if spec is None:
            report.warnings.append(Line("spec", Note.NO_SPEC))
            return v2.read(card, report)
        report.warnings.append(Line("spec", Note.ODD_SPEC, str(spec)[:40]))
        return v3.read(card, report)
    if spec is None and v1.looks_like(card):
        return v1.read(card, report)
    raise CardRefused(Refusal.NOT_A_CARD, "spec")


def _named(card: CharacterCard, filename: str, report: ReportBuilder) -> CharacterCard:
    if card.name.strip():
        return card
    stem = PurePath(filename.replace("\\", "/")).stem.strip()[:80] or "?"
    report.defaulted.append(Line("data.name", Note.NAMED_AFTER_FILE, stem))
    return card.with_changes(name=stem)
