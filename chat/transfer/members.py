"""Reads the members of JSON objects: a missing one is empty, one of another type is refused with its place. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from characters.cards.limits import Json, JsonObject
from chat.transfer.errors import ChatRefused, Reason

_MOOD_TEXTS = {"emotion": 20, "expression": 20, "hint": 200, "reflex": 400}
_MOOD_NUMBERS = ("score", "subtext")
_LAST_GREETING = 10_000


def an_object(value: Json, *, where: str) -> JsonObject:
    if not isinstance(value, dict):
        raise ChatRefused(Reason.WRONG_TYPE, where, wanted="object")
    return value


def text(row: Mapping[str, Json], name: str, *, where: str = "") -> str:
    value = row.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ChatRefused(Reason.WRONG_TYPE, _at(where, name), wanted="text")
    return value


def number(row: Mapping[str, Json], name: str, *, where: str = "") -> int:
    value = row.get(name)
    if value is None:
        return 0
    if not isinstance(value, int) or isinstance(value, bool):
        raise ChatRefused(Reason.WRONG_TYPE, _at(where, name), wanted="whole number")
    return value


def flag(row: Mapping[str, Json], name: str, *, where: str = "") -> bool:
    value = row.get(name)
    if value is not None and not isinstance(value, bool):
        raise ChatRefused(Reason.WRONG_TYPE, _at(where, name), wanted="true or false")
    return bool(value)


def mapping(row: Mapping[str, Json], name: str, *, where: str = "") -> JsonObject:
    value = row.get(name)
    return {} if value is None else an_object(value, where=_at(where, name))


def rows(row: Mapping[str, Json], name: str, *, where: str = "") -> list[Json]:
    value = row.get(name)
    if not isinstance(value, list):
        raise ChatRefused(Reason.WRONG_TYPE, _at(where, name), wanted="list")
    return value


def texts(row: Mapping[str, Json], name: str, *, where: str = "") -> list[str]:
    found: list[str] = []
    for n, value in enumerate(rows(row, name, where=where) if row.get(name) is not None else []):
        if not isinstance(value, str):
            raise ChatRefused(Reason.WRONG_TYPE, f"{_at(where, name)}[{n}]", wanted="text")
        found.append(value)
    return found


def mood(row: Mapping[str, Json], *, where: str = "") -> JsonObject:
    """Return what the park reads of a message's mood; anything else in it is left out."""
    raw = mapping(row, "mood", where=where)
    found: JsonObject = {}
    for name, most in _MOOD_TEXTS.items():
        if isinstance(value := raw.get(name), str):
            found[name] = value[:most]
    for name in _MOOD_NUMBERS:
        value = raw.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            found[name] = max(0.0, min(1.0, float(value)))
    return found


def state(row: Mapping[str, Json], *, where: str = "") -> JsonObject:
    """Return how a branch stands after a message, as far as the park can go on from it."""
    raw = mapping(row, "state", where=where)
    found: JsonObject = {name: value for name in ("lore", "variables") if isinstance(value := raw.get(name), dict)}
    greeting = raw.get("greeting")
    if isinstance(greeting, int) and not isinstance(greeting, bool) and 0 <= greeting <= _LAST_GREETING:
        found["greeting"] = greeting
    if isinstance(at := raw.get("at"), str):
        found["at"] = at[:40]
    return found


def _at(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name
