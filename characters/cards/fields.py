"""Lenient readers of single JSON values: a wrong type reads as the default, never as an error."""

from __future__ import annotations

from collections.abc import Mapping

from characters.cards.limits import Json, JsonObject


def clone(value: Json) -> Json:
    """Return a copy that shares nothing mutable, of any depth: what comes in may not have been checked yet."""
    if not isinstance(value, dict | list):
        return value
    root = value.copy()
    stack = [root]
    while stack:
        item = stack.pop()
        # Only values of names that are there change, so the walk over them goes on.
        for step, child in item.items() if isinstance(item, dict) else enumerate(item):
            if isinstance(child, dict | list):
                copied = child.copy()
                item[step] = copied  # type: ignore[index]  # the step comes from this very item
                stack.append(copied)
    return root


def text(holder: Mapping[str, Json], name: str, default: str = "") -> str:
    value = holder.get(name)
    return value if isinstance(value, str) else default


def texts(holder: Mapping[str, Json], name: str) -> tuple[str, ...]:
    value = holder.get(name)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def number(holder: Mapping[str, Json], name: str, default: float) -> float:
    value = holder.get(name)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else default


def whole(holder: Mapping[str, Json], name: str) -> int | None:
    value = holder.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def flag(holder: Mapping[str, Json], name: str, *, default: bool = False) -> bool:
    value = holder.get(name)
    return value if isinstance(value, bool) else default


def mapping(holder: Mapping[str, Json], name: str) -> JsonObject:
    value = holder.get(name)
    return value if isinstance(value, dict) else {}


def objects(holder: Mapping[str, Json], name: str) -> tuple[JsonObject, ...]:
    value = holder.get(name)
    return tuple(item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()
