"""A word list with weights, and the one scan both detectors share. Pure: the file's text comes in as an argument."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from companion_site.core.text import normalise

Emotion = Literal["joy", "sadness", "anger", "fear", "surprise", "disgust", "neutral"]
EMOTIONS: tuple[Emotion, ...] = ("sadness", "anger", "fear", "joy", "surprise", "disgust")

# Han characters stand alone, Latin words stay whole: one list of units serves both scripts, mixed too.
_UNIT = re.compile(r"[a-z0-9']+|\S")
_HEADER = re.compile(r"\[(\w+)(?:\s+([\d.]+))?\]")


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry found in a text: units `start` to `end` of `units(text)`."""

    section: str
    weight: float
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Entry:
    units: tuple[str, ...]
    section: str
    weight: float


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Entries by their first unit, longest first; a unit belongs to the longest entry that covers it."""

    by_first: dict[str, tuple[Entry, ...]]

    def scan(self, found: list[str]) -> list[Hit]:
        """Return the entries in `found` (units), from left to right, never overlapping."""
        hits: list[Hit] = []
        index = 0
        while index < len(found):
            entry = self._longest_at(found, index)
            if entry is None:
                index += 1
                continue
            end = index + len(entry.units)
            hits.append(Hit(entry.section, entry.weight, index, end))
            index = end
        return hits

    def _longest_at(self, found: list[str], index: int) -> Entry | None:
        for entry in self.by_first.get(found[index], ()):
            size = len(entry.units)
            if tuple(found[index : index + size]) == entry.units:
                return entry
        return None


def units(text: str) -> list[str]:
    """Return the Han characters, Latin words and marks of `text`, folded for matching."""
    return _UNIT.findall(normalise(text).replace("’", "'"))  # noqa: RUF001 - the typographic apostrophe is the point


def parse(sources: Iterable[str]) -> Lexicon:
    """Read word list files: `[section weight]` headers, then words separated by commas or line ends."""
    entries: dict[tuple[str, ...], Entry] = {}
    for source in sources:
        section, weight = "", 1.0
        for line in source.splitlines():
            header = _HEADER.fullmatch(line.strip())
            if header:
                section, weight = header[1], float(header[2] or 1.0)
            elif section and not line.startswith("#"):
                for word in line.split(","):
                    _add(entries, tuple(units(word)), section, weight)
    by_first: dict[str, list[Entry]] = {}
    for entry in sorted(entries.values(), key=lambda e: -len(e.units)):
        by_first.setdefault(entry.units[0], []).append(entry)
    return Lexicon({first: tuple(found) for first, found in by_first.items()})


def _add(entries: dict[tuple[str, ...], Entry], word: tuple[str, ...], section: str, weight: float) -> None:
    # The first section that names a word keeps it: the files put feelings before helper words.
    if word and word not in entries:
        entries[word] = Entry(word, section, weight)
