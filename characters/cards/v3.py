"""Character Card V3: the shape everything is kept in, read and written."""

from __future__ import annotations

from characters.cards import assets, fields, v2
from characters.cards.errors import CardRefused, Refusal
from characters.cards.limits import JsonObject
from characters.cards.report import Line, Note, ReportBuilder
from characters.cards.shape import V1_FIELDS, V2_LISTS, V3_LISTS, fill_data

SPEC = "chara_card_v3"
VERSION = "3.0"


def read(card: JsonObject, report: ReportBuilder) -> tuple[JsonObject, JsonObject]:
    """Return (`data`, root keys to keep). A newer or odd `spec_version` is reported, never refused."""
    report.spec = SPEC
    raw = card.get("data")
    if not isinstance(raw, dict):
        raise CardRefused(Refusal.WRONG_TYPE, "data", wanted="object", found=type(raw).__name__)
    data = fill_data(raw, report, lists=(*V2_LISTS, *V3_LISTS))
    version = _version(card)
    if version is None:
        report.warnings.append(Line("spec_version", Note.ODD_SPEC, str(card.get("spec_version"))[:40]))
    elif version > float(VERSION):
        report.warnings.append(Line("spec_version", Note.NEWER_SPEC, str(card.get("spec_version"))[:40]))
    return data, v2.root_extras(card, report)


def _version(card: JsonObject) -> float | None:
    value = card.get("spec_version")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def write(data: JsonObject, envelope: JsonObject, *, created: int = 0, modified: int = 0) -> JsonObject:
    """Return the whole V3 card: spec, version, kept root keys and `data` with the mandatory V3 fields.

    `created` and `modified` are unix seconds; a creation date the card already carries is never overwritten.
    """
    out = {name: fields.clone(value) for name, value in data.items()}
    for name in (*V2_LISTS, *V3_LISTS):
        out.setdefault(name, [])
    out.setdefault("extensions", {})
    if out.get("creation_date") is None:
        out["creation_date"] = created
    if modified:
        out["modification_date"] = modified
    _spell(out)
    root = {name: fields.clone(value) for name, value in envelope.items() if name not in {"spec", "spec_version"}}
    # Some programs repeat the six fields at the root; a stale copy there would contradict the card.
    root.update({name: out[name] for name in V1_FIELDS if name in root and name in out})
    version = _version(envelope)
    newer = envelope.get("spec") == SPEC and version is not None and version > float(VERSION)
    return {"spec": SPEC, "spec_version": envelope["spec_version"] if newer else VERSION, **root, "data": out}


def _spell(out: JsonObject) -> None:
    """Bring addresses and lorebook entries of `out` to the letter of the specification."""
    for asset in fields.objects(out, "assets"):
        if fields.text(asset, "uri").startswith("embedded://"):
            asset["uri"] = fields.text(asset, "uri").replace("embedded://", assets.EMBEDDED, 1)
    for entry in fields.objects(fields.mapping(out, "character_book"), "entries"):
        entry.setdefault("use_regex", False)
