"""Rewrites a reply while it is being written, a character at a time: nothing on show is ever changed. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from chat.colloquial.regions import Regions
from chat.colloquial.seam import Seam
from chat.colloquial.table import GAP, PLACES, SEPARATORS, Node, Rule, Table

_MOST_NOTED = 24
# Rewriting may bring two pieces of a phrase together; this many times over the whole is always enough.
_PASSES = 4


@dataclass(frozen=True, slots=True)
class Change:
    """What was taken out by which rule, and what stands there now."""

    rule: Rule
    old: str
    new: str


# The rest of a word, in which no phrase begins.
_WORD = re.compile(r"[A-Za-z0-9'’]+")  # noqa: RUF001
# A way on through the tree: node, how far its gap may still go, where the gap began and ended.
_Path = tuple[Node, int, int, int]


@dataclass(frozen=True, slots=True)
class _Match:
    rule: Rule
    end: int
    gap: tuple[int, int]


class Rewriter:
    """Takes a reply piece by piece and gives back what may be shown of it, said as people say it.

    `before` is what stands on show already. Text is held back only while it may be the beginning of a phrase, and
    a comma until it is known what follows. Actions (*…*), asides in brackets and quotations stay as they are.
    Any cutting of a text into pieces gives the same reply.
    """

    def __init__(self, table: Table, *, exempt: frozenset[int] = frozenset(), seed: int = 0, before: str = "") -> None:
        self.changes: list[Change] = []
        self.count = 0
        self._table = table
        self._exempt = exempt
        self._seed = seed
        self._held = ""
        self._folded = ""
        self._at = 0
        self._paths: list[_Path] = []
        self._match: _Match | None = None
        self._is_name = False  # a capital where no sentence begins: Repayment Assistance
        self._regions = Regions()
        self._seam = Seam(is_chinese=table.is_chinese)
        self._set_out(before)

    def _set_out(self, before: str) -> None:
        self._previous = ""
        for letter in before:
            self._pass(letter)
        self._seam.set_out()

    def feed(self, text: str) -> str:
        """Return what may be shown now of the reply's next piece."""
        self._held += text
        self._folded += self._table.fold(text)
        self._run(is_last=False)
        return self._seam.take()

    def finish(self) -> str:
        """Return what was held back. A reply of nothing but such phrases keeps them."""
        self._run(is_last=True)
        self._seam.close()
        return self._seam.take()

    def _run(self, *, is_last: bool) -> None:
        start, size = 0, len(self._held)
        while start < size:
            if not self._paths and self._match is None:
                start = self._skip(start)
                if start >= size:
                    break
                self._begin(start)
            self._walk(size)
            if self._paths and not is_last:
                break
            if is_last and self._at >= size:
                self._note_ends(size, "")
            start = self._decide(start)
        if start:
            self._forget(start)

    def _forget(self, size: int) -> None:
        """Let go of what has been decided; what is still open keeps its places."""
        self._held, self._folded = self._held[size:], self._folded[size:]
        self._at -= size
        self._paths = [(node, left, begun - size, ended - size) for node, left, begun, ended in self._paths]
        if self._match is not None:
            begun, ended = self._match.gap
            self._match = _Match(self._match.rule, self._match.end - size, (begun - size, ended - size))

    def _skip(self, start: int) -> int:
        """Let through what can begin no phrase; return where one may begin."""
        held, size = self._held, len(self._held)
        while start < size:
            found = _WORD.match(held, start) if _in_word(self._previous) else self._table.plain.match(held, start)
            if found:
                self._seam.extend(found[0], is_open=self._regions.is_open)
                self._previous, start = held[found.end() - 1], found.end()
            elif self._regions.is_open and self._may_begin(self._folded[start]):
                return start
            else:
                self._pass(held[start])
                start += 1
        return start

    def _may_begin(self, letter: str) -> bool:
        return letter in self._table.first and any(letter in self._table.roots[at].next for at in self._places())

    def _places(self) -> tuple[str, ...]:
        if self._seam.is_left_hanging:
            return PLACES if self._seam.is_sentence_start else ("any", "clause", "after")
        if self._seam.is_sentence_start:
            return PLACES[:3]
        return PLACES[:2] if self._seam.is_clause_start else PLACES[:1]

    def _begin(self, start: int) -> None:
        self._paths = [(self._table.roots[place], 0, -1, -1) for place in self._places()]
        self._at = start
        letter = self._held[start]
        self._is_name = letter.isupper() and letter != "I" and not self._seam.is_sentence_start

    def _walk(self, size: int) -> None:
        while self._paths and self._at < size:
            letter = self._folded[self._at]
            self._note_ends(self._at, letter)
            self._paths = _onward(self._paths, letter, self._at)
            self._at += 1

    def _note_ends(self, end: int, letter: str) -> None:
        """Remember the phrases that end here: the longest one counts, of equal ones the first of the table."""
        for node, _, begun, ended in self._paths:
            if node.bound and letter and letter not in node.stops:
                continue  # a clause that goes on
            for rule in node.rules:
                if self._holds(rule, end, letter) and (
                    self._match is None or end > self._match.end or rule.index < self._match.rule.index
                ):
                    self._match = _Match(rule, end, (begun, ended))

    def _holds(self, rule: Rule, end: int, letter: str) -> bool:
        if rule.index in self._exempt or (letter and letter in rule.not_before):
            return False
        if rule.drop and self._seam.is_quoted:
            return False
        if self._is_name:
            return False
        if self._previous and self._previous in rule.not_after:
            return False
        return not (letter and _in_word(letter) and _in_word(self._folded[end - 1]))

    def _decide(self, start: int) -> int:
        """Apply the phrase found at `start`, or let one letter through; return where to go on."""
        match, self._match, self._paths = self._match, None, []
        if match is None:
            self._pass(self._held[start])
            return start + 1
        old = self._held[start : match.end]
        new = self._choose(match, start)
        self.count += 1
        if len(self.changes) < _MOST_NOTED:
            self.changes.append(Change(match.rule, old, new))
        if new:
            new = new[0].upper() + new[1:] if old[0].isupper() else new
            if match.rule.at == "clause" and old[-1] in SEPARATORS:
                self._seam.lead(new, of=old)
            else:
                self._seam.instead(new)
        else:
            self._seam.drop(old)
        self._previous = new[-1:] or " "
        return match.end

    def _choose(self, match: _Match, start: int) -> str:
        if not match.rule.to:
            return "" if match.rule.drop else self._held[start : match.end]
        chosen = match.rule.to[(self._seed + self.count) % len(match.rule.to)]
        begun, ended = match.gap
        return chosen.replace(GAP, self._held[begun:ended]) if begun >= 0 else chosen

    def _pass(self, letter: str) -> None:
        self._regions.enter(letter, after=self._previous, is_start=self._seam.is_sentence_start)
        self._seam.add(letter, is_open=self._regions.is_open)
        self._previous = letter


def _in_word(letter: str) -> bool:
    """Say whether a letter runs on into the one beside it, as Han characters do not."""
    return letter.isascii() and (letter.isalnum() or letter == "'")


def _onward(paths: list[_Path], letter: str, at: int) -> list[_Path]:
    """Return the ways that go on by `letter`."""
    onward: list[_Path] = []
    for node, left, begun, ended in paths:
        is_gap = node.bound > 0
        child = node.next.get(letter)
        if child is not None and not (is_gap and at == begun):
            ended = at if is_gap else ended
            onward.append((child, 0, begun, ended))
            if child.gap is not None:
                onward.append((child.gap, child.gap.bound, at + 1, -1))
            onward.extend((tail, tail.bound, begun, ended) for tail in child.tails.values())
        if is_gap and left > 0 and letter not in node.stops:
            onward.append((node, left - 1, begun, ended))
    return onward


def rewritten(text: str, table: Table, *, exempt: frozenset[int] = frozenset(), seed: int = 0, before: str = "") -> str:
    """Return a whole text, which follows `before`, said as people say it; doing it twice changes nothing more."""
    for _ in range(_PASSES):
        rewriter = Rewriter(table, exempt=exempt, seed=seed, before=before)
        said = rewriter.feed(text) + rewriter.finish()
        if said == text:
            break
        text = said
    return text
