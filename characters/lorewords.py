"""The words for what the lorebook engine reports by code: why an entry woke or did not, and what it cannot run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields as fields_of

from django.utils.functional import Promise
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

from characters.cards import fields
from characters.cards.book import LoreBook, LoreEntry
from characters.cards.limits import JsonObject
from characters.lorebook import regex_problems
from characters.lorebook.decorators import Decorators
from characters.lorebook.trace import Reason, TraceRow
from characters.macros import unknown_macros

WARNINGS = 20
_DECORATOR = re.compile(r"(@@@?)([A-Za-z_]+)")
_KNOWN = frozenset(field.name for field in fields_of(Decorators))
_ENTRY = re.compile(r"entries\[(\d+)\]")

REASONS: dict[Reason, Promise] = {
    Reason.KEY: _("A key was said"),
    Reason.CONSTANT: _("Always awake"),
    Reason.STICKY: _("Still awake from before"),
    Reason.KEPT: _("Awake for good since its first time"),
    Reason.ACTIVATE: _("Switched on by a decorator"),
    Reason.EXTERNAL: _("Woken from outside"),
    Reason.SIMILAR: _("The talk came near it"),
    Reason.TRIGGER: _("Not for this kind of reply"),
    Reason.CHARACTER: _("Not for this character"),
    Reason.TAG: _("Not for characters of these tags"),
    Reason.DELAY: _("The chat is not long enough yet"),
    Reason.COOLDOWN: _("It rests"),
    Reason.WAITS_FOR_RECURSION: _("Only other entries wake it"),
    Reason.NO_RECURSION: _("Other entries do not wake it"),
    Reason.DONT_ACTIVATE: _("Switched off by a decorator"),
    Reason.CONDITION: _("A condition of a decorator does not hold"),
    Reason.NO_SECONDARY: _("A key was said, but the further words do not fit"),
    Reason.GROUP: _("Another entry of its group came in"),
    Reason.SCORE: _("Another entry of its group had more keys"),
    Reason.PROBABILITY: _("The dice said no"),
    Reason.BUDGET: _("No room in the budget"),
    Reason.BOOK_BUDGET: _("No room in the budget of its book"),
    Reason.CONTEXT: _("No room left in the prompt"),
}
PROBLEMS = {
    "invalid": _("is no valid pattern"),
    "lookaround": _("looks around, which patterns here cannot"),
    "backreference": _("refers back to itself, which patterns here cannot"),
    "too_large": _("is too large a pattern"),
    "unsupported": _("uses something that patterns here cannot"),
}


def reason(row: TraceRow) -> str:
    """Return why an entry is in or out, with what decided it."""
    words = str(REASONS.get(row.reason, row.reason.value))
    said = [words]
    if row.key:
        said.append(now("“%(key)s”") % {"key": row.key})
    if row.roll >= 0:
        said.append(now("drew %(roll)s") % {"roll": f"{row.roll:.0f}"})
    return " · ".join(said)


def warnings_of(book: JsonObject) -> list[str]:
    """Return what in a book's JSON will not do what its writer meant, the first `WARNINGS` of it."""
    # Only what could be a pattern, a decorator or a macro is read: big books are looked at on every page of theirs.
    suspects = [entry for entry in fields.objects(book, "entries") if _is_suspect(entry)]
    read = LoreBook.of({"entries": list(suspects)})
    found = [*_patterns(read), *_decorators(read), *_macros(read)]
    left = len(found) - WARNINGS
    return found if left <= 0 else [*found[:WARNINGS], now("… and %(count)s more") % {"count": left}]


def _is_suspect(entry: JsonObject) -> bool:
    content = fields.text(entry, "content")
    if entry.get("use_regex") is True or content.startswith("@@") or "{{" in content:
        return True
    return any(key.startswith("/") for name in ("keys", "secondary_keys") for key in fields.texts(entry, name))


def _patterns(book: LoreBook) -> Iterator[str]:
    for path, why in regex_problems(book):
        place = _ENTRY.search(path)
        entry = book.entries[int(place[1])] if place else None
        field = path.partition(".")[2]
        values = {"entry": _title(entry), "path": field, "problem": PROBLEMS.get(why, why)}
        yield now("“%(entry)s”: a key (%(path)s) %(problem)s; it wakes nothing.") % values


def _decorators(book: LoreBook) -> Iterator[str]:
    for entry in book.entries:
        for name in _unknown(entry.content):
            yield now("“%(entry)s”: the decorator @@%(name)s is unknown and is left out.") % {
                "entry": _title(entry),
                "name": name,
            }


def _macros(book: LoreBook) -> Iterator[str]:
    for entry in book.entries:
        for name in unknown_macros(entry.content) if "{{" in entry.content else ():
            values = {"entry": _title(entry), "name": name[:40]}
            yield now("“%(entry)s”: nothing fills {{%(name)s}}; it stays as it is in the prompt.") % values


def _unknown(content: str) -> list[str]:
    """Return the decorators at the start of `content` that are not known, nor any fallback directly after them."""
    chains: list[list[str]] = []
    for line in content.split("\n") if content.startswith("@@") else ():
        found = _DECORATOR.match(line)
        if found is None:
            break
        if found[1] == "@@" or not chains:
            chains.append([])
        chains[-1].append(found[2])
    return [chain[0] for chain in chains if not _KNOWN.intersection(chain)]


def _title(entry: LoreEntry | None) -> str:
    return (entry.name or next(iter(entry.keys), "") or f"#{entry.index}")[:60] if entry else ""
