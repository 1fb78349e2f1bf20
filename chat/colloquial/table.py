"""Rules of phrases compiled into one tree, so that a character costs a look-up or two whatever their number. Pure.

A rule's `say` is a phrase; `{a|b|}` are its small variants, `…` is anything within the same clause. It is said
another way (`to`, where `…` stands for what was between) or dropped: the phrase alone, its clause or its sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

CATEGORIES = ("bookish", "preachy", "translated", "assistant")
DROPS = ("", "phrase", "clause", "sentence")
# Where a rule may begin; "after" is what a dropped clause of the same sentence would leave hanging.
PLACES = ("any", "clause", "sentence", "after")
GAP = "…"
SEPARATORS = frozenset(",，、;；:：")  # noqa: RUF001 - Chinese punctuation
ENDS = frozenset("。！？!?….~～")  # noqa: RUF001
MARKS = frozenset('*"“”「」『』（）()\n')  # noqa: RUF001
_SENTENCE_STOPS = ENDS | MARKS
_CLAUSE_STOPS = _SENTENCE_STOPS | SEPARATORS | {"—"}
_MOST_VARIANTS = 600
_OPTIONS = re.compile(r"\{([^{}]*)\}")
_ZH_FOLD = str.maketrans(",:;!?", "，：；！？")  # noqa: RUF001 - what models write for the full-width marks
_EN_FOLD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ’", "abcdefghijklmnopqrstuvwxyz'")  # noqa: RUF001


class TableError(ValueError):
    """A table is malformed; the message names the rule."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `at` is where it may begin; `not_before`, `not_after` are characters that must not stand beside it."""

    say: str
    category: str
    to: tuple[str, ...] = ()
    drop: str = ""
    at: str = "any"
    not_before: str = ""
    not_after: str = ""
    weight: float = 0.0
    index: int = 0


@dataclass(slots=True)
class Node:
    """A place in the tree. A gap may be left by a letter of `next`, or go on while none of its `stops` comes.

    `tails` are the gaps to the end of a clause or sentence that is dropped: their rules end where a stop comes.
    """

    next: dict[str, Node] = field(default_factory=dict)
    gap: Node | None = None
    rules: list[Rule] = field(default_factory=list)
    tails: dict[str, Node] = field(default_factory=dict)
    stops: frozenset[str] = frozenset()
    bound: int = 0


class Table:
    """The compiled rules of one language."""

    def __init__(self, rules: Sequence[Rule], *, is_chinese: bool, version: str = "") -> None:
        self.rules = tuple(rules)
        self.is_chinese = is_chinese
        self.version = version
        self.roots = {place: Node() for place in PLACES}
        for rule in self.rules:
            for phrase in variants(rule.say):
                self._add(self.fold(phrase), rule)
        known: dict[object, Node] = {}
        self.roots = {place: _merged(root, known) for place, root in self.roots.items()}
        # Letters that begin no rule and change nothing are skipped over in one go.
        self.first = frozenset(letter for root in self.roots.values() for letter in root.next)
        either = {letter.upper() for letter in self.first if letter.isascii()} | self.first
        special = either | MARKS | SEPARATORS | ENDS | {" ", "\t", "—", "–"}
        self.plain = re.compile(f"[^{re.escape(''.join(sorted(special)))}]+")

    def fold(self, text: str) -> str:
        """Return `text` as it is compared: same length, one case, one width of marks."""
        return text.translate(_ZH_FOLD if self.is_chinese else _EN_FOLD)

    def _add(self, phrase: str, rule: Rule) -> None:
        node = self.roots[rule.at]
        for letter in phrase:
            if letter == GAP:
                node.gap = node.gap or Node(stops=_CLAUSE_STOPS, bound=14 if self.is_chinese else 48)
                node = node.gap
            else:
                node = node.next.setdefault(letter, Node())
        if rule.drop in {"clause", "sentence"}:
            is_clause = rule.drop == "clause"
            bound = (26 if is_clause else 60) if self.is_chinese else (90 if is_clause else 160)
            stops = _CLAUSE_STOPS if is_clause else _SENTENCE_STOPS
            node = node.tails.setdefault(rule.drop, Node(stops=stops, bound=bound))
        node.rules.append(rule)


def _merged(node: Node, known: dict[object, Node]) -> Node:
    """Return the tree with equal ends shared: variants differ in the middle, so most of them end alike."""
    node.next = {letter: _merged(child, known) for letter, child in node.next.items()}
    node.gap = node.gap and _merged(node.gap, known)
    node.tails = {kind: _merged(tail, known) for kind, tail in node.tails.items()}
    children = tuple(sorted((letter, id(child)) for letter, child in node.next.items()))
    tails = tuple(id(tail) for tail in node.tails.values())
    rules = tuple(rule.index for rule in node.rules)
    return known.setdefault((children, tails, rules, id(node.gap), node.bound), node)


def variants(say: str) -> Iterator[str]:
    """Yield every phrase that `say` stands for."""
    parts = _OPTIONS.split(say)
    choices = [part.split("|") if number % 2 else [part] for number, part in enumerate(parts)]
    for chosen in product(*choices):
        yield "".join(chosen)


def parse(data: Mapping[str, Any], *, is_chinese: bool, section: str = "rules") -> Table:
    """Return the table of a file's `section`. Raises `TableError`."""
    rows = [(category, row) for category, rows in data.get(section, {}).items() for row in rows]
    rules = [_rule(category, row, index) for index, (category, row) in enumerate(rows)]
    if len({rule.say for rule in rules}) != len(rules):
        twice = sorted({rule.say for rule in rules if sum(rule.say == other.say for other in rules) > 1})
        raise TableError(f"said twice: {', '.join(twice)}")
    return Table(rules, is_chinese=is_chinese, version=str(data.get("version", "")))


def _rule(category: str, row: Mapping[str, Any], index: int) -> Rule:
    say, drop = str(row.get("say", "")), str(row.get("drop", ""))
    to = tuple(choice.strip() for choice in str(row.get("to", "")).split(" / ") if choice.strip())
    at = str(row.get("at", "any" if drop in {"", "phrase"} else "clause"))
    weight = float(row.get("weight", 0.0))
    wrong = (
        (category not in CATEGORIES, f"no category {category}"),
        (not say or say[0] in GAP or say[-1] in GAP, "begins or ends with a gap"),
        (drop not in DROPS or at not in PLACES, "unknown drop or place"),
        (bool(to) + bool(drop) + bool(weight) != 1, "says one thing: to, drop or weight"),
        (drop in {"clause", "sentence"} and at == "any", "a clause is dropped from its beginning"),
        (sum(1 for _ in variants(say)) > _MOST_VARIANTS or say.count(GAP) > 1, "too many variants or gaps"),
    )
    for is_wrong, what in wrong:
        if is_wrong:
            raise TableError(f"{say or category}: {what}")
    before, afters = str(row.get("not_before", "")), str(row.get("not_after", ""))
    return Rule(say, category, to, drop, at, before, afters, weight, index)
