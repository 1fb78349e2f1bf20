"""The twenty decorators of Character Card V3: lines `@@name value` at the start of an entry's content.

A decorator that is unknown or has a wrong value is ignored, and the `@@@name value` lines directly after it are tried
in order until one is understood. Of the same decorator twice the first counts, but every `@@additional_keys` does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from characters.cards.book import Position, Role

Value: TypeAlias = "int | bool | str | Role | tuple[str, ...] | None"

_LINE = re.compile(r"@@@?([A-Za-z_]+)[ \t]*(.*)")
_OUTLET = re.compile(r"[\w.-]{1,60}")
_ROLES = {"assistant": Role.ASSISTANT, "system": Role.SYSTEM, "user": Role.USER}
_PROMPTS = frozenset(("post_history_instructions", "system_prompt"))
# Names for SillyTavern's places beside the four that V3 defines: "app-defined" in the words of V3.
PLACES: Mapping[str, Position] = {
    "before_char": Position.BEFORE,
    "after_char": Position.AFTER,
    "an_top": Position.NOTE_TOP,
    "an_bottom": Position.NOTE_BOTTOM,
    "before_example": Position.EXAMPLES_TOP,
    "after_example": Position.EXAMPLES_BOTTOM,
}


@dataclass(frozen=True, slots=True)
class Decorators:
    """What an entry's decorators say; None, empty or false where one is not there. Depths count messages or tokens."""

    activate_only_after: int | None = None
    activate_only_every: int | None = None
    keep_activate_after_match: bool = False
    dont_activate_after_match: bool = False
    depth: int | None = None
    instruct_depth: int | None = None
    reverse_depth: int | None = None
    reverse_instruct_depth: int | None = None
    role: Role | None = None
    scan_depth: int | None = None
    instruct_scan_depth: int | None = None
    is_greeting: int | None = None
    position: str = ""
    ignore_on_max_context: bool = False
    additional_keys: tuple[tuple[str, ...], ...] = ()
    exclude_keys: tuple[str, ...] = ()
    is_user_icon: str = ""
    activate: bool = False
    dont_activate: bool = False
    disable_ui_prompt: tuple[str, ...] = ()

    @property
    def has_conditions(self) -> bool:
        counts = (self.activate_only_after, self.activate_only_every, self.is_greeting)
        keys = self.additional_keys or self.exclude_keys
        return any(count is not None for count in counts) or bool(keys or self.is_user_icon)


NONE = Decorators()


def parse(content: str) -> tuple[str, Decorators]:
    """Return `content` without its decorators and the newlines around them, and what they say."""
    if not content.startswith("@@"):
        return content, NONE
    lines = content.split("\n")
    said: dict[str, Value] = {}
    more: list[tuple[str, ...]] = []
    is_open = False  # whether a fallback is still looked for
    end = 0
    for at, line in enumerate(lines):
        if not line.startswith("@@"):
            break
        end = at + 1
        if is_open or not line.startswith("@@@"):
            is_open = not _take(line, said, more)
    found = replace(NONE, **said, additional_keys=tuple(more))  # type: ignore[arg-type]
    return "\n".join(lines[end:]).strip("\r\n"), found


def _take(line: str, said: dict[str, Value], more: list[tuple[str, ...]]) -> bool:
    """Note what a line says; return whether it was understood."""
    match = _LINE.fullmatch(line.rstrip())
    read = _READERS.get(match[1]) if match else None
    if match is None or read is None:
        return False
    name, value = match[1], read(match[2].strip())
    if value is None:
        return False
    if name == "additional_keys" and isinstance(value, tuple):
        more.append(value)
    else:
        said.setdefault(name, value)
    return True


def _flag(_text: str) -> bool:
    return True


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[+-]?\d{1,9}", text) else None


def _at_least(least: int) -> Callable[[str], int | None]:
    def read(text: str) -> int | None:
        number = _number(text)
        return number if number is not None and number >= least else None

    return read


def _keys(text: str) -> tuple[str, ...] | None:
    return tuple(part.strip() for part in text.split(",") if part.strip()) or None


def _place(text: str) -> str | None:
    return text if _OUTLET.fullmatch(text) else None


def _prompts(text: str) -> tuple[str, ...] | None:
    keys = _keys(text)
    return keys if keys and set(keys) <= _PROMPTS else None


_READERS: Mapping[str, Callable[[str], Value]] = {
    "activate_only_after": _at_least(0),
    "activate_only_every": _at_least(1),
    "keep_activate_after_match": _flag,
    "dont_activate_after_match": _flag,
    "depth": _number,
    "instruct_depth": _number,
    "reverse_depth": _number,
    "reverse_instruct_depth": _number,
    "role": lambda text: _ROLES.get(text.lower()),
    "scan_depth": _at_least(0),
    "instruct_scan_depth": _at_least(0),
    "is_greeting": _at_least(0),
    "position": _place,
    "ignore_on_max_context": _flag,
    "additional_keys": _keys,
    "exclude_keys": _keys,
    "is_user_icon": lambda text: text or None,
    "activate": _flag,
    "dont_activate": _flag,
    "disable_ui_prompt": _prompts,
}
