"""Where each field of the entry's page lies in its JSON, and how it is read from there and written back. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from characters.cards import fields
from characters.cards.book import LoreEntry, is_made_by_sillytavern
from characters.cards.limits import Json, JsonObject

_BREAKS = re.compile(r"[\r\n]")


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a form field lies in the entry, and how it is read and written; `write` may return None: remove it."""

    path: tuple[str, ...]
    read: Callable[[Json], Any]
    write: Callable[[Any], Json] = lambda value: value


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""


def _one_line(value: Json) -> str:
    return _BREAKS.sub("", _text(value))  # as an input shows it


def _lines(value: Json) -> str:
    if isinstance(value, str):  # `secondary_keys` as one text: V2's prose asks for it
        return "\n".join(part.strip() for part in value.split(","))
    return "\n".join(item for item in value if isinstance(item, str)) if isinstance(value, list) else ""


def _texts(value: Json) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _list(value: str) -> Json:
    return [line.strip() for line in value.splitlines() if line.strip()]


def _number(value: Json) -> int | float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number else None  # type: ignore[return-value]


def _flag(value: Json) -> bool:
    return value is True


def _on(value: Json) -> bool:
    return value is not False


def _three(value: Json) -> str:
    return {True: "true", False: "false"}.get(value, "") if isinstance(value, bool) else ""


def _choice(value: Json) -> str:
    return str(value)


def _ext(name: str, read: Callable[[Json], Any], write: Callable[[Any], Json] = lambda value: value) -> Slot:
    return Slot(("extensions", name), read, write)


def _opt(value: str) -> Json:
    return value or None


def _whole_or_none(value: str) -> Json:
    return int(value) if value else None


def _tidy(value: float | None) -> Json:
    return int(value) if value is not None and float(value).is_integer() else value


def _as_three(value: str) -> Json:
    return {"true": True, "false": False}.get(value)


SLOTS: dict[str, Slot] = {
    "name": Slot(("name",), _one_line),
    "keys": Slot(("keys",), _lines, _list),
    "content": Slot(("content",), _text),
    "enabled": Slot(("enabled",), _on),
    "constant": Slot(("constant",), _flag),
    "comment": Slot(("comment",), _one_line, _opt),
    "secondary_keys": Slot(("secondary_keys",), _lines, _list),
    "selective": Slot(("selective",), _flag),
    "logic": _ext("selectiveLogic", _choice, _whole_or_none),
    "use_regex": Slot(("use_regex",), _flag),
    "case_sensitive": Slot(("case_sensitive",), _three, _as_three),
    "whole_words": _ext("match_whole_words", _three, _as_three),
    "scan_depth": _ext("scan_depth", _number),
    "semantic": _ext("vectorized", _flag),
    "order": Slot(("insertion_order",), _number, lambda value: 100 if value is None else _tidy(value)),
    "priority": Slot(("priority",), _number, _tidy),
    "position": _ext("position", _choice, _whole_or_none),
    "depth": _ext("depth", _number),
    "role": _ext("role", _choice, _whole_or_none),
    "outlet": _ext("outlet_name", _one_line, _opt),
    "probability": _ext("probability", _number),
    "sticky": _ext("sticky", _number),
    "cooldown": _ext("cooldown", _number),
    "delay": _ext("delay", _number),
    "group": _ext("group", _one_line),
    "group_weight": _ext("group_weight", _number),
    "group_override": _ext("group_override", _flag),
    "group_scoring": _ext("use_group_scoring", _three, _as_three),
    "exclude_recursion": _ext("exclude_recursion", _flag),
    "prevent_recursion": _ext("prevent_recursion", _flag),
    "delay_until_recursion": _ext(
        "delay_until_recursion", lambda value: 1 if value is True else _number(value) or None, lambda value: value or 0
    ),
    "ignore_budget": _ext("ignore_budget", _flag),
    "only_names": Slot(("extensions", "character_filter", "names"), _lines, _list),
    "only_tags": Slot(("extensions", "character_filter", "tags"), _lines, _list),
    "is_exclude": Slot(("extensions", "character_filter", "isExclude"), _flag),
    "triggers": _ext("triggers", _texts, list),
    **{
        name: _ext(name, _flag)
        for name in (
            *("match_persona_description", "match_character_description", "match_character_personality"),
            *("match_character_depth_prompt", "match_scenario", "match_creator_notes"),
        )
    },
}  # fmt: skip


def shown(entry: JsonObject) -> dict[str, Any]:
    """Return what the form shows of an entry."""
    out = {name: slot.read(_at(entry, slot.path)) for name, slot in SLOTS.items()}
    extensions = fields.mapping(entry, "extensions")
    read = LoreEntry.of(entry, 0)  # where several spellings say the same thing, the engine's reading is shown
    out |= {"position": str(int(read.position)), "role": str(int(read.role)), "logic": str(int(read.logic))}
    out["case_sensitive"] = _three(read.case_sensitive)
    if is_made_by_sillytavern(extensions):
        out["use_regex"] = read.use_regex
    if extensions.get("useProbability") is False:
        out["probability"] = None
    if not entry:
        out |= {"enabled": True, "order": 100, "position": "0"}
    return out


def put(out: JsonObject, path: tuple[str, ...], value: Json) -> None:
    for step in path[:-1]:
        inner = out.setdefault(step, {})
        assert isinstance(inner, dict)
        out = inner
    out[path[-1]] = value


def _at(entry: JsonObject, path: tuple[str, ...]) -> Json:
    value: Json = entry
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value
