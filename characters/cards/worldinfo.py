"""SillyTavern's world info files as a V3 Book, and back: every key of theirs has one place in ours."""

from __future__ import annotations

import itertools

from characters.cards import fields
from characters.cards.errors import CardRefused, Refusal
from characters.cards.limits import Json, JsonObject

SPEC = "sillytavern_worldinfo"
# What the other side cannot say, kept in one extension of an entry: unknown keys there, V3-only fields here.
THEIRS = "cardia/worldinfo"
OURS = "cardia/entry"

FIELDS = {
    "uid": "id",
    "key": "keys",
    "keysecondary": "secondary_keys",
    "comment": "comment",
    "content": "content",
    "constant": "constant",
    "selective": "selective",
    "order": "insertion_order",
}
EXTENSIONS = {
    "position": "position",
    "depth": "depth",
    "role": "role",
    "probability": "probability",
    "useProbability": "useProbability",
    "selectiveLogic": "selectiveLogic",
    "group": "group",
    "groupOverride": "group_override",
    "groupWeight": "group_weight",
    "excludeRecursion": "exclude_recursion",
    "preventRecursion": "prevent_recursion",
    "delayUntilRecursion": "delay_until_recursion",
    "scanDepth": "scan_depth",
    "caseSensitive": "case_sensitive",
    "matchWholeWords": "match_whole_words",
    "useGroupScoring": "use_group_scoring",
    "sticky": "sticky",
    "cooldown": "cooldown",
    "delay": "delay",
    "matchPersonaDescription": "match_persona_description",
    "matchCharacterDescription": "match_character_description",
    "matchCharacterPersonality": "match_character_personality",
    "matchCharacterDepthPrompt": "match_character_depth_prompt",
    "matchScenario": "match_scenario",
    "matchCreatorNotes": "match_creator_notes",
    "triggers": "triggers",
    "ignoreBudget": "ignore_budget",
    "outletName": "outlet_name",
    "automationId": "automation_id",
    "vectorized": "vectorized",
    "displayIndex": "display_index",
    "characterFilter": "character_filter",
}
ROOT = {"scanDepth": "scan_depth", "tokenBudget": "token_budget", "recursiveScanning": "recursive_scanning"}
_BACK_FIELDS = {ours: theirs for theirs, ours in FIELDS.items()}
_BACK_EXTENSIONS = {ours: theirs for theirs, ours in EXTENSIONS.items()}
_BACK_ROOT = {ours: theirs for theirs, ours in ROOT.items()}
_BEFORE, _AFTER = "before_char", "after_char"
_DERIVED = frozenset(("enabled", "position", "extensions"))


def looks_like(value: JsonObject) -> bool:
    """Whether `value` is world info, or a bare Book: entries and nothing of a character."""
    entries = value.get("entries")
    return isinstance(entries, dict | list) and not {"data", "first_mes", "char_name"} & value.keys()


def read(value: JsonObject) -> JsonObject:
    """Return the V3 Book of a world info file; a bare Book (a list of entries with `keys`) is returned as it is."""
    entries = value["entries"]
    rows = list(entries.items()) if isinstance(entries, dict) else None
    if rows is None:
        listed = entries if isinstance(entries, list) else []
        if not any(isinstance(entry, dict) and "key" in entry for entry in listed):
            return value
        rows = [(str(i), entry) for i, entry in enumerate(listed)]
    book: JsonObject = {}
    for name, item in value.items():
        ours = ROOT.get(name, name)
        book[name if ours != name and ours in value else ours] = item
    return {**book, "entries": [_entry(name, entry) for name, entry in rows]}


def _entry(name: str, entry: Json) -> Json:
    if not isinstance(entry, dict):
        raise CardRefused(Refusal.WRONG_TYPE, f"entries.{name[:40]}", wanted="object", found=type(entry).__name__)
    if "key" not in entry and "keys" in entry:
        return entry  # a Book's own entry in a mapping, as Chub writes it
    extensions = {**fields.mapping(entry, "extensions")}
    is_empty = not extensions
    ours = fields.mapping(extensions, OURS)
    extensions.pop(OURS, None)
    out: JsonObject = {"use_regex": False, **ours}
    theirs: JsonObject = {}
    for key, value in entry.items():
        if key == "disable" and isinstance(value, bool):
            out["enabled"] = not value
        elif key in FIELDS:
            out[FIELDS[key]] = _keys(value, f"entries.{name[:40]}.{key}") if key in {"key", "keysecondary"} else value
        elif key in EXTENSIONS and EXTENSIONS[key] not in extensions:
            extensions[EXTENSIONS[key]] = value
        elif key != "extensions" or is_empty:
            theirs[key] = value
    return _finished(out, entry, extensions, {"keys": theirs, "name": "" if name == _uid(entry) else name})


def _uid(entry: JsonObject) -> str | None:
    return str(entry["uid"]) if "uid" in entry else None


def _finished(out: JsonObject, entry: JsonObject, extensions: JsonObject, said: JsonObject) -> JsonObject:
    """Return the entry with the fields that V3 has of its own beside the extension, and what had no place."""
    if isinstance(entry.get("caseSensitive"), bool):
        out["case_sensitive"] = entry["caseSensitive"]
    if isinstance(entry.get("position"), int):
        out["position"] = _BEFORE if entry["position"] == 0 else _AFTER
    said = {name: value for name, value in said.items() if value}
    return {**out, "extensions": {**extensions, THEIRS: said} if said else extensions}


def _keys(value: Json, path: str) -> Json:
    """Return a list of keys; some programs write them as one text with commas."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if value is not None and not isinstance(value, list):
        raise CardRefused(Refusal.WRONG_TYPE, path, wanted="list", found=type(value).__name__)
    return value


def write(book: JsonObject) -> JsonObject:
    """Return `book` as a world info file."""
    root: JsonObject = {}
    for name, item in book.items():
        theirs = _BACK_ROOT.get(name, name)
        root[name if theirs != name and theirs in book else theirs] = item
    entries: JsonObject = {}
    listed = fields.objects(book, "entries")
    taken = {entry.get("id") for entry in listed if isinstance(entry.get("id"), int)}
    free = (number for number in itertools.count() if number not in taken)
    for entry in listed:
        uid = entry["id"] if isinstance(entry.get("id"), int | str) else next(free)
        said = fields.mapping(fields.mapping(entry, "extensions"), THEIRS)
        name = fields.text(said, "name") or str(uid)
        while name in entries:
            name = str(next(free))
        entries[name] = _written(entry, uid, fields.mapping(said, "keys"))
    return {**root, "entries": entries}


def _written(entry: JsonObject, uid: Json, theirs: JsonObject) -> JsonObject:
    extensions = {**fields.mapping(entry, "extensions")}
    is_theirs = extensions.pop(THEIRS, None) is not None
    out: JsonObject = {"uid": uid, "key": [], "keysecondary": [], "comment": "", "content": ""}
    out |= {"constant": False, "selective": False, "order": 100}
    if is_theirs and "id" not in entry:
        del out["uid"]
    out |= {_BACK_FIELDS[name]: value for name, value in entry.items() if name in _BACK_FIELDS}
    for name in [name for name in extensions if name in _BACK_EXTENSIONS]:
        out[_BACK_EXTENSIONS[name]] = extensions.pop(name)
    out.setdefault("position", 0 if entry.get("position") == _BEFORE else 1)
    out["disable"] = not fields.flag(entry, "enabled", default=True)
    ours = {name: value for name, value in entry.items() if name not in _BACK_FIELDS and name not in _DERIVED}
    if ours.get("use_regex") is False:
        del ours["use_regex"]
    if isinstance(ours.get("case_sensitive"), bool):
        out["caseSensitive"] = ours.pop("case_sensitive")
    if ours:
        extensions[OURS] = ours
    return {**out, **theirs, **({"extensions": extensions} if extensions else {})}
