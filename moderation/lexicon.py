"""Rules of words and how they are found, in one pass whatever their number. Pure; rules come in as data.

A rule fires on one of its `terms`, or, with `then`, on a term followed within a few characters by a word
of each group in turn. `around` asks for a companion word on either side. `unless` are longer phrases that
make the term harmless (想死 in 想死你了), `unless_before` words shortly before it that do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from moderation.findings import Category, Finding, Severity
from moderation.reading import Reading, View, fold, read, unleet

# How far around a hit its meaning is looked for. A stream waits for AFTER characters, or the end of the
# sentence, before it decides, so nothing may look further ahead than this.
BEFORE = 48
AFTER = 24
EXCUSE_BEFORE = 14  # how far back `unless_before` looks
_START = re.compile(r"[a-z0-9]+|\S")
_STOP = re.compile(r"[\n。！？!?；;]|\.\s")
_LATIN = re.compile(r"[a-z0-9]")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as written in a lexicon file. `sides` empty means every side."""

    id: str
    category: Category
    severity: Severity
    reason: str
    terms: tuple[str, ...]
    version: str = ""
    score: float = 0.9
    then: tuple[tuple[str, ...], ...] = ()
    around: tuple[str, ...] = ()
    within: int = 8
    unless: tuple[str, ...] = ()
    unless_before: tuple[str, ...] = ()
    sides: frozenset[str] = frozenset()

    def applies_to(self, side: str) -> bool:
        return not self.sides or side in self.sides

    def sequences(self) -> Iterator[tuple[tuple[str, ...], ...]]:
        """Yield the ordered groups of words that make this rule fire."""
        if self.around:
            yield (self.terms, self.around)
            yield (self.around, self.terms)
        else:
            yield (self.terms, *self.then)


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that fired on `span` of the original text; `text` is what it matched, folded."""

    rule: Rule
    span: tuple[int, int]
    text: str

    def finding(self, severity: Severity | None = None, score: float | None = None) -> Finding:
        """Return the hit as a finding of its rule, or of the severity and score that its context leaves it."""
        rule = self.rule
        return Finding(
            category=rule.category,
            severity=rule.severity if severity is None else severity,
            span=self.span,
            rule=rule.id,
            version=rule.version,
            score=rule.score if score is None else score,
            reason=rule.reason,
        )


@dataclass(frozen=True, slots=True)
class _Word:
    """A literal: folded, with the edges at which it must not run on into a longer Latin word."""

    text: str
    open_end: bool
    latin_start: bool
    latin_end: bool

    @classmethod
    def of(cls, term: str) -> _Word:
        folded = fold(term)
        text = folded.rstrip("*")
        is_open = text != folded
        return cls(text, is_open, bool(_LATIN.match(text[0])), not is_open and bool(_LATIN.match(text[-1])))

    def ends_well(self, text: str, end: int) -> bool:
        return not (self.latin_end and end < len(text) and _LATIN.match(text[end]))

    def find(self, text: str, start: int, stop: int) -> int:
        """Return the end of the first occurrence that begins in [start, stop), -1 for none."""
        at = text.find(self.text, start, stop + len(self.text))
        while at != -1:
            end = at + len(self.text)
            if not (self.latin_start and at and _LATIN.match(text[at - 1])) and self.ends_well(text, end):
                return end
            at = text.find(self.text, at + 1, stop + len(self.text))
        return -1


@dataclass(frozen=True, slots=True)
class _Entry:
    """A first word, and what must follow it; `rule` None marks a phrase that excuses."""

    word: _Word
    rest: tuple[tuple[_Word, ...], ...]
    rule: Rule | None


class Lexicon:
    """Compiled rules. One dictionary look-up or three at each character, so 10,000 terms cost as 100 do."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self._table: dict[str, list[_Entry]] = {}
        for rule in self.rules:
            for groups in rule.sequences():
                rest = tuple(tuple(_Word.of(term) for term in group) for group in groups[1:])
                for term in groups[0]:
                    self._add(term, rest, rule)
            for phrase in rule.unless:
                self._add(phrase, (), None)

    def __len__(self) -> int:
        return sum(len(entries) for entries in self._table.values())

    def _add(self, term: str, rest: tuple[tuple[_Word, ...], ...], rule: Rule | None) -> None:
        word = _Word.of(term)
        entry = _Entry(word, rest, rule)
        self._table.setdefault(_key(word.text), []).append(entry)
        bare = word.text.replace(" ", "")
        if rule is not None and bare != word.text and len(bare) >= 8:
            # k i l l y o u r s e l f un-splits to one word.
            glued = _Word(bare, word.open_end, word.latin_start, word.latin_end)
            self._table.setdefault(_key(bare), []).append(_Entry(glued, rest, rule))

    def scan(self, text: str | Reading) -> tuple[Hit, ...]:
        """Return every hit in `text`, by place; computed once for a reading."""
        reading = read(text)
        known = reading.memo.get(id(self))
        if known is None:
            found: dict[tuple[str, tuple[int, int]], Hit] = {}
            for view in reading.views:
                for hit in self._scan_view(view):
                    found.setdefault((hit.rule.id, hit.span), hit)
            known = reading.memo[id(self)] = tuple(sorted(found.values(), key=lambda hit: hit.span))
        return known  # type: ignore[return-value]

    def _scan_view(self, view: View) -> list[Hit]:
        text = view.text
        raw: list[tuple[int, int, Rule]] = []
        excuses: dict[str, list[tuple[int, int]]] = {}
        for start, entry in self._candidates(text):
            end = start + len(entry.word.text)
            if not entry.word.ends_well(text, end):
                continue
            if entry.rule is None:
                excuses.setdefault(entry.word.text, []).append((start, end))
                continue
            end = _follow(text, end, entry.rest, entry.rule.within)
            if end != -1:
                raw.append((start, end, entry.rule))
        return [
            Hit(rule, view.span(start, end), text[start:end])
            for start, end, rule in raw
            if not _is_excused(text, start, end, rule, excuses)
        ]

    def _candidates(self, text: str, since: int = 0) -> Iterator[tuple[int, _Entry]]:
        table = self._table
        for match in _START.finditer(text, since):
            start = match.start()
            if start == since and start and _LATIN.match(text[start]) and _LATIN.match(text[start - 1]):
                continue  # the middle of a word
            for size in (1, 2, 4):
                for entry in table.get(text[start : start + size], ()):
                    if text.startswith(entry.word.text, start):
                        yield start, entry

    @cached_property
    def prefixes(self) -> frozenset[str]:
        """Every beginning of every first word, letters only: what a stream may end in and must then hold back."""
        found: set[str] = set()
        for entries in self._table.values():
            for entry in entries:
                letters = unleet(skeleton(entry.word.text))
                if entry.rule is not None:
                    found.update(letters[:size] for size in range(1, len(letters)))
        return frozenset(found)

    @cached_property
    def longest_prefix(self) -> int:
        return max(map(len, self.prefixes), default=0)

    def live_since(self, view: View, since: int) -> tuple[bool, int | None]:
        """Return whether a sequence that starts from `since` on is complete, and where the first open one starts."""
        text = view.text
        has_hit = False
        for start, entry in self._candidates(text, since):
            end = start + len(entry.word.text)
            if entry.rule is None or not entry.word.ends_well(text, end):
                continue
            within = entry.rule.within
            if _follow(text, end, entry.rest, within) != -1:
                has_hit = True
            elif _is_open(text, end, entry.rest, within):
                return has_hit, start
        return has_hit, None


def skeleton(folded: str) -> str:
    """Return only the letters and digits of a folded text."""
    return "".join(char for char in folded if char.isalnum())


def _key(text: str) -> str:
    size = len(text)
    return text[: 4 if size >= 4 else min(size, 2)]


def _window(text: str, start: int, within: int) -> int:
    """Return where the search for a following word must begin at the latest: `within` on, or the sentence's end."""
    stop = _STOP.search(text, start, start + within + 1)
    return stop.start() if stop else start + within


def _follow(text: str, end: int, rest: tuple[tuple[_Word, ...], ...], within: int) -> int:
    """Return the end of the last group's word when every group follows in turn, -1 otherwise."""
    for group in rest:
        stop = _window(text, end, within)
        ends = [found for word in group if (found := word.find(text, end, stop)) != -1]
        if not ends:
            return -1
        end = min(ends)
    return end


def _is_open(text: str, end: int, rest: tuple[tuple[_Word, ...], ...], within: int) -> bool:
    """Say whether more text could still complete the sequence."""
    for group in rest:
        stop = _window(text, end, within)
        ends = [found for word in group if (found := word.find(text, end, stop)) != -1]
        if not ends:
            longest = max(len(word.text) for word in group)
            return stop == end + within and len(text) < stop + longest
        end = min(ends)
    return False


def _is_excused(text: str, start: int, end: int, rule: Rule, excuses: dict[str, list[tuple[int, int]]]) -> bool:
    for phrase in rule.unless:
        for left, right in excuses.get(fold(phrase).rstrip("*"), ()):
            if left < end and start < right:
                return True
    before = text[max(0, start - EXCUSE_BEFORE) : start]
    return any(fold(word) in before for word in rule.unless_before)


def sentence_before(text: str, at: int) -> str:
    """Return the part of the sentence before `at`, at most BEFORE characters, case-folded."""
    return _STOP.split(text[max(0, at - BEFORE) : at])[-1].casefold()


def sentence_after(text: str, at: int) -> str:
    """Return the part of the sentence from `at` on, at most AFTER characters, case-folded."""
    return _STOP.split(text[at : at + AFTER])[0].casefold()


def is_settled(text: str, at: int) -> bool:
    """Say whether enough follows `at` to know what a hit that ends there means."""
    return len(text) >= at + AFTER or _STOP.search(text, at) is not None
