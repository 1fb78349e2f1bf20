"""Keys, compiled: a literal that the automaton finds, a pattern of the linear-time engine, or one made at each scan."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

import re2

from characters.lorebook import pattern, words

# In characters and steps: room for about a thousand usual patterns.
PATTERN_ALLOWANCE = 80_000
# The automaton takes some forty bytes for each: ten times what a book of ten thousand entries needs.
LETTER_ALLOWANCE = 1_500_000
_PATTERN_COST = 20

_MACRO = re.compile(r"\{\{|<(?:user|char|bot|group|charifnotgroup)>", re.IGNORECASE)


class Match(Protocol):
    """A compiled pattern of RE2."""

    def search(self, text: bytes) -> object | None: ...


class Kind(Enum):
    """How a key is looked for."""

    LITERAL = auto()
    PATTERN = auto()
    MACRO = auto()  # holds macros: known only when somebody speaks
    WHOLE_TEXT = auto()  # plain text that may cross messages or is empty: looked for in the joined text
    DEAD = auto()  # a pattern the engine does not take
    EMPTY = auto()  # names nothing, but is one of its entry's secondary keys all the same


@dataclass(frozen=True, slots=True)
class Key:
    """One key. `text` is as written and trimmed; `literal` its number in the automaton, `pattern` a compiled one."""

    text: str
    kind: Kind
    literal: int = -1
    is_single: bool = True
    pattern: Match | None = None
    reason: str = ""


@dataclass(slots=True)
class Allowance:
    """How much of the engine a book's keys may take, so that no book makes compiling or scanning slow or large."""

    left: int = PATTERN_ALLOWANCE
    letters: int = LETTER_ALLOWANCE

    def takes(self, cost: int) -> bool:
        self.left -= cost
        return self.left >= 0

    def spells(self, key: str) -> bool:
        self.letters -= len(key)
        return self.letters >= 0


class Literals:
    """Numbers the folded literals of a book, and keeps what its patterns may still take."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.allowance = Allowance()

    def number(self, folded: str) -> int:
        return self.numbers.setdefault(folded, len(self.numbers))


def compile_key(
    key: str,
    literals: Literals | None,
    *,
    is_regex: bool = False,
    is_cased: bool = False,
    allowance: Allowance | None = None,
) -> Key:
    """Return the compiled key.

    A key `/pattern/flags` is a pattern; a broken one is taken as plain text, as SillyTavern does. `is_regex` says
    that every key is a pattern (V3 `use_regex`), where a broken one never matches; without slashes it ignores case
    unless `is_cased`. Without `literals` the key is one of a single scan and plain text is looked for as it is;
    `allowance` is then what its pattern may take.
    """
    if not key:
        return Key(key, Kind.EMPTY)
    if literals is not None and _MACRO.search(key):
        return Key(key, Kind.MACRO)
    return _ready_key(words.trim(key), literals, allowance, is_regex=is_regex, is_cased=is_cased)


def written_key(key: str, allowance: Allowance, *, is_regex: bool, is_cased: bool) -> Key:
    """Return a key as SillyTavern counts it for a score: untrimmed, macros unfilled, an empty one always found."""
    if not key:
        return Key(key, Kind.WHOLE_TEXT)
    return _ready_key(key, None, allowance, is_regex=is_regex, is_cased=is_cased)


def _ready_key(
    text: str, literals: Literals | None, allowance: Allowance | None, *, is_regex: bool, is_cased: bool
) -> Key:
    parts = pattern.split(text)
    if parts is None and is_regex:
        parts = (text, "" if is_cased else "i")
    if parts is not None:
        found = _pattern(text, *parts, allowance or (literals.allowance if literals is not None else Allowance()))
        if found.reason != "invalid" or is_regex:
            return found
    folded = words.fold(text)
    if not folded or "\x01" in text or literals is None:
        return Key(text, Kind.WHOLE_TEXT, is_single=words.is_single(folded))
    if not literals.allowance.spells(folded):
        return Key(text, Kind.DEAD, reason="too_large")
    return Key(text, Kind.LITERAL, literals.number(folded), words.is_single(folded))


def _pattern(text: str, body: str, flags: str, allowance: Allowance) -> Key:
    if not allowance.takes(_PATTERN_COST + len(body)):
        return Key(text, Kind.DEAD, reason="too_large")
    try:
        translated, size = pattern.translate(body, flags)
    except pattern.Broken:
        return Key(text, Kind.DEAD, reason="invalid")
    except pattern.NotTaken as exc:
        return Key(text, Kind.DEAD, reason=str(exc))
    if not allowance.takes(size):
        return Key(text, Kind.DEAD, reason="too_large")
    try:
        return Key(text, Kind.PATTERN, pattern=re2.compile(translated, _OPTIONS))
    except re2.error:
        return Key(text, Kind.DEAD, reason="unsupported")


def _options() -> re2.Options:
    options = re2.Options()
    options.log_errors = False
    options.never_capture = True
    options.max_mem = 4 << 20
    return options


_OPTIONS = _options()
