"""Finds the entries a conversation wakes and fits them into a token budget; says why for each."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from characters.cards.book import LoreBook, LoreEntry
from characters.lorebook.match import names

SCAN_DEPTH = 4
TOKEN_BUDGET = 400


class Reason(StrEnum):
    """Why an entry is in, or out although a key was said."""

    CONSTANT = "constant"
    KEY = "key"
    NO_SECONDARY = "no_secondary"
    EMPTY = "empty"
    BUDGET = "budget"
    REGEX = "regex"


@dataclass(frozen=True, slots=True)
class Trace:
    """One entry's story. `message` counts from the newest (0); -1 where no message was needed."""

    index: int
    name: str
    reason: Reason
    kept: bool
    key: str = ""
    message: int = -1
    tokens: int = 0

    def as_dict(self) -> dict[str, str | int | bool]:
        return {
            "index": self.index,
            "name": self.name,
            "reason": self.reason.value,
            "kept": self.kept,
            "key": self.key,
            "message": self.message,
            "tokens": self.tokens,
        }


@dataclass(frozen=True, slots=True)
class Scan:
    """`entries` in prompt order (lower insertion order first), `trace` of all that were woken."""

    entries: tuple[LoreEntry, ...]
    trace: tuple[Trace, ...]


def scan(
    book: LoreBook,
    messages: Sequence[str],
    *,
    count: Callable[[str], int],
    expand: Callable[[str], str] = str,
    budget: int | None = None,
) -> Scan:
    """Return the entries of `book` that the last messages (newest last) wake.

    `count` gives tokens of a text, `expand` fills macros in keys and content. The budget is the smaller of
    the book's own and `budget`; the entry with the lowest priority, then the lowest order, is dropped first.
    """
    depth = book.scan_depth if book.scan_depth is not None else SCAN_DEPTH
    recent = list(reversed(messages))[:depth] if depth > 0 else []
    folded = [_fold(text) for text in recent]
    woken: list[tuple[LoreEntry, Trace]] = []
    dropped: list[Trace] = []
    for entry in book.entries:
        found = _wake(entry, recent, folded, expand)
        if found is None:
            continue
        text = content(entry, expand)
        if found.kept and not text:
            dropped.append(_with(found, Reason.EMPTY))
        elif found.kept:
            woken.append((entry, _with(found, found.reason, tokens=count(text), kept=True)))
        else:
            dropped.append(found)
    kept, over = _fit(woken, _budget(book, budget))
    trace = sorted((*(t for _e, t in kept), *over, *dropped), key=lambda t: t.index)
    return Scan(tuple(e for e, _t in sorted(kept, key=lambda pair: (pair[0].order, pair[0].index))), tuple(trace))


def content(entry: LoreEntry, expand: Callable[[str], str] = str) -> str:
    """Return what an entry adds to the prompt: V3 decorator lines taken off, macros filled in."""
    lines = entry.content.split("\n")
    while lines and (lines[0].startswith("@@") or not lines[0].strip()):
        lines.pop(0)
    return expand("\n".join(lines)).strip()


def _budget(book: LoreBook, budget: int | None) -> int:
    limits = [value for value in (book.token_budget, budget) if value is not None and value >= 0]
    return min(limits) if limits else TOKEN_BUDGET


def _wake(entry: LoreEntry, recent: Sequence[str], folded: Sequence[str], expand: Callable[[str], str]) -> Trace | None:
    if not entry.enabled:
        return None
    if entry.use_regex:
        return Trace(entry.index, entry.name, Reason.REGEX, kept=False)
    if entry.constant:
        return Trace(entry.index, entry.name, Reason.CONSTANT, kept=True)
    texts = recent if entry.case_sensitive else folded
    hit = _first(entry.keys, texts, entry, expand)
    if hit is None:
        return None
    key, message = hit
    if entry.selective and entry.secondary_keys and _first(entry.secondary_keys, texts, entry, expand) is None:
        return Trace(entry.index, entry.name, Reason.NO_SECONDARY, kept=False, key=key, message=message)
    return Trace(entry.index, entry.name, Reason.KEY, kept=True, key=key, message=message)


def _first(
    keys: Sequence[str], texts: Sequence[str], entry: LoreEntry, expand: Callable[[str], str]
) -> tuple[str, int] | None:
    ready = [(key, expand(key).strip()) for key in keys]
    if not entry.case_sensitive:
        ready = [(key, _fold(filled)) for key, filled in ready]
    for message, text in enumerate(texts):
        for key, wanted in ready:
            if names(text, wanted):
                return key, message
    return None


def _fit(woken: list[tuple[LoreEntry, Trace]], budget: int) -> tuple[list[tuple[LoreEntry, Trace]], list[Trace]]:
    kept: list[tuple[LoreEntry, Trace]] = []
    over: list[Trace] = []
    left = budget
    for entry, trace in sorted(woken, key=lambda pair: _worth(pair[0]), reverse=True):
        if trace.tokens <= left:
            kept.append((entry, trace))
            left -= trace.tokens
        else:
            over.append(_with(trace, Reason.BUDGET, tokens=trace.tokens))
    return kept, over


def _worth(entry: LoreEntry) -> tuple[float, float, int]:
    return (entry.priority if entry.priority is not None else entry.order, entry.order, -entry.index)


def _with(trace: Trace, reason: Reason, *, tokens: int = 0, kept: bool = False) -> Trace:
    return Trace(trace.index, trace.name, reason, kept, trace.key, trace.message, tokens)


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
