"""Checks and fills the known fields of a card's `data`; unknown ones are kept and reported.

A missing or null field is defaulted, a field of another type is refused with its path.
"""

from __future__ import annotations

from characters.cards import limits
from characters.cards.errors import CardRefused, Refusal
from characters.cards.limits import Json, JsonObject
from characters.cards.report import Line, Note, ReportBuilder

V1_FIELDS = ("name", "description", "personality", "scenario", "first_mes", "mes_example")
V2_TEXTS = (*V1_FIELDS, "creator_notes", "system_prompt", "post_history_instructions", "creator", "character_version")
V2_LISTS = ("alternate_greetings", "tags")
V3_LISTS = ("group_only_greetings",)
OPTIONAL: dict[str, type | tuple[type, ...]] = {
    "nickname": str,
    "source": list,
    "group_only_greetings": list,
    "creator_notes_multilingual": dict,
    "creation_date": (int, float),
    "modification_date": (int, float),
}
KNOWN_DATA = frozenset((*V2_TEXTS, *V2_LISTS, *OPTIONAL, "extensions", "character_book", "assets"))
KNOWN_BOOK = frozenset(
    ("name", "description", "scan_depth", "token_budget", "recursive_scanning", "extensions", "entries")
)
KNOWN_ENTRY = frozenset(
    ("keys", "content", "extensions", "enabled", "insertion_order", "case_sensitive", "use_regex", "name", "priority")
    + ("id", "comment", "selective", "secondary_keys", "constant", "position")
)
# Extensions whose meaning we know and do not act on yet; everything else is simply kept.
NOT_RUN = ("regex_scripts", "risuai", "world")
OURS = ("cardia", "depth_prompt")


def fill_data(data: JsonObject, report: ReportBuilder, *, lists: tuple[str, ...] = V2_LISTS) -> JsonObject:
    """Return `data` with every mandatory field present and every known field of the right type."""
    out = dict(data)
    for name in V2_TEXTS:
        _text(out, name, f"data.{name}", report, required=True)
    for name in lists:
        _texts(out, name, f"data.{name}", report, required=True)
    _object(out, "extensions", "data.extensions", report, required=True)
    _optional(out, report)
    _assets(out, report)
    if len(str(out["name"])) > limits.NAME_CHARS:
        raise CardRefused(Refusal.TOO_LONG, "data.name", limit=limits.NAME_CHARS)
    if "character_book" in out:
        _book(out, report)
    _note_unknown(out, KNOWN_DATA, "data", report)
    _note_extensions(out, report)
    return out


def _optional(out: JsonObject, report: ReportBuilder) -> None:
    """Check what only V3 knows; an older card may carry the same name with another meaning, so it is kept."""
    for name, wanted in OPTIONAL.items():
        value = out.get(name)
        if value is None:
            continue
        if not isinstance(value, wanted):
            report.warnings.append(Line(f"data.{name}", Note.ODD_TYPE, type(value).__name__))
        elif wanted is list:
            _texts(out, name, f"data.{name}", report)


def fill_book(book: JsonObject, path: str, report: ReportBuilder) -> JsonObject:
    """Return `book` with `extensions` and `entries` present and each entry of the right shape."""
    out = dict(book)
    _object(out, "extensions", f"{path}.extensions", report, required=True)
    _text(out, "name", f"{path}.name", report)
    _text(out, "description", f"{path}.description", report)
    entries = out.get("entries")
    if entries is None:
        report.defaulted.append(Line(f"{path}.entries", Note.MISSING))
        entries = []
    if not isinstance(entries, list):
        raise _wrong(f"{path}.entries", "list", entries)
    if len(entries) > limits.BOOK_ENTRIES:
        raise CardRefused(Refusal.TOO_LONG, f"{path}.entries", limit=limits.BOOK_ENTRIES)
    out["entries"] = [_entry(entry, f"{path}.entries[{i}]", report) for i, entry in enumerate(entries)]
    _note_unknown(out, KNOWN_BOOK, path, report)
    return out


def _book(out: JsonObject, report: ReportBuilder) -> None:
    book = out["character_book"]
    if book is None:
        del out["character_book"]
        report.defaulted.append(Line("data.character_book", Note.NULL_BOOK))
        return
    if not isinstance(book, dict):
        raise _wrong("data.character_book", "object", book)
    out["character_book"] = fill_book(book, "data.character_book", report)


def _entry(entry: Json, path: str, report: ReportBuilder) -> JsonObject:
    if not isinstance(entry, dict):
        raise _wrong(path, "object", entry)
    out = dict(entry)
    _texts(out, "keys", f"{path}.keys", report, required=True)
    _text(out, "content", f"{path}.content", report, required=True)
    _object(out, "extensions", f"{path}.extensions", report, required=True)
    _default(out, "enabled", True, path, report)
    _default(out, "insertion_order", 100, path, report)
    if isinstance(out.get("secondary_keys"), list):
        _texts(out, "secondary_keys", f"{path}.secondary_keys", report)
    for name in ("name", "comment"):
        _text(out, name, f"{path}.{name}", report)
    _entry_switches(out, path)
    _note_unknown(out, KNOWN_ENTRY, path, report)
    return out


def _entry_switches(out: JsonObject, path: str) -> None:
    for name in ("insertion_order", "priority"):
        if out.get(name) is not None and not _is_number(out[name]):
            raise _wrong(f"{path}.{name}", "number", out[name])
    for name in ("enabled", "constant", "selective", "use_regex", "case_sensitive"):
        if out.get(name) is not None and not isinstance(out[name], bool):
            raise _wrong(f"{path}.{name}", "true/false", out[name])


def _default(out: JsonObject, name: str, value: Json, path: str, report: ReportBuilder) -> None:
    if out.get(name) is None:
        out[name] = value
        report.defaulted.append(Line(f"{path}.{name}", Note.MISSING, str(value).lower()))


def _text(out: JsonObject, name: str, path: str, report: ReportBuilder, *, required: bool = False) -> None:
    value = out.get(name)
    if value is None:
        if required:
            report.defaulted.append(Line(path, Note.NULL if name in out else Note.MISSING))
            out[name] = ""
        return
    if _is_number(value):
        report.warnings.append(Line(path, Note.NUMBER_AS_TEXT, str(value)))
        value = out[name] = str(value)
    if not isinstance(value, str):
        raise _wrong(path, "text", value)
    if len(value) > limits.TEXT_CHARS:
        raise CardRefused(Refusal.TOO_LONG, path, limit=limits.TEXT_CHARS)


def _texts(out: JsonObject, name: str, path: str, report: ReportBuilder, *, required: bool = False) -> None:
    value = out.get(name)
    if value is None:
        if required:
            report.defaulted.append(Line(path, Note.NULL if name in out else Note.MISSING))
            out[name] = []
        return
    if not isinstance(value, list):
        raise _wrong(path, "list", value)
    if len(value) > limits.LIST_ITEMS:
        raise CardRefused(Refusal.TOO_LONG, path, limit=limits.LIST_ITEMS)
    holder: JsonObject = {str(i): item for i, item in enumerate(value)}
    for i in range(len(value)):
        _text(holder, str(i), f"{path}[{i}]", report, required=True)
    out[name] = list(holder.values())


def _object(out: JsonObject, name: str, path: str, report: ReportBuilder, *, required: bool = False) -> None:
    value = out.get(name)
    if value is None:
        if required:
            report.defaulted.append(Line(path, Note.NULL if name in out else Note.MISSING))
            out[name] = {}
        return
    if not isinstance(value, dict):
        raise _wrong(path, "object", value)


def _assets(out: JsonObject, report: ReportBuilder) -> None:
    assets = out.get("assets")
    if assets is None:
        return
    if not isinstance(assets, list):
        raise _wrong("data.assets", "list", assets)
    if len(assets) > limits.ASSETS:
        raise CardRefused(Refusal.TOO_LONG, "data.assets", limit=limits.ASSETS)
    for i, asset in enumerate(assets):
        if not isinstance(asset, dict):
            raise _wrong(f"data.assets[{i}]", "object", asset)
        uri = str(asset.get("uri", ""))
        if uri.startswith(("http://", "https://")):
            report.unsupported.append(Line(f"data.assets[{i}]", Note.NOT_FETCHED, uri[:120]))
        elif uri != "ccdefault:":
            report.unsupported.append(Line(f"data.assets[{i}]", Note.NOT_SHOWN, uri[:60]))


def _note_extensions(out: JsonObject, report: ReportBuilder) -> None:
    extensions = out["extensions"]
    if not isinstance(extensions, dict):
        return
    for name in extensions:
        if name in NOT_RUN and extensions[name]:
            report.unsupported.append(Line(f"data.extensions.{name}", Note.NOT_RUN))
        elif name not in OURS:
            report.kept.append(Line(f"data.extensions.{name}", Note.UNKNOWN_KEY))
    if out.get("group_only_greetings"):
        report.unsupported.append(Line("data.group_only_greetings", Note.NOT_SHOWN))


def _note_unknown(out: JsonObject, known: frozenset[str], path: str, report: ReportBuilder) -> None:
    report.kept.extend(Line(f"{path}.{name}", Note.UNKNOWN_KEY) for name in out if name not in known)


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _wrong(path: str, wanted: str, value: Json) -> CardRefused:
    return CardRefused(Refusal.WRONG_TYPE, path, wanted=wanted, found=type(value).__name__)
