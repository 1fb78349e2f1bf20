"""Finds small facts a fan tells about their life: what hurts, what they like, what they plan. Pure; rules come in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from companion_site.core.text import han_share

_MAX_FACTS = 4
_MAX_SOURCE = 1000
_MAX_TEXT = 60
_ASKING = re.compile(r"[吗么嘛][？?]?$|[?？]$")  # noqa: RUF001 - both question marks
_IF = re.compile(r"如果|要是|假如|\bif\b|\bwould\b", re.IGNORECASE)
_CLAUSE = re.compile(r"[^，。！？；,.!?;…\n]+[，。！？；,.!?;…]*")  # noqa: RUF001 - Chinese punctuation
_NOT_KEYWORDS = frozenset({"verb", "how", "when"})
# One Han character alone wakes too much: 头 is in 头发. These are what a fan would say again.
_TELLING = frozenset("胃腰牙猫狗妈爸")


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact in the fan's own words, shortened. `due_days`: when to ask about it, counted from today."""

    kind: str
    text: str
    keywords: tuple[str, ...]
    due_days: int | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One pattern; `say` is a format string over its groups, `days` what the group `when` means."""

    kind: str
    pattern: re.Pattern[str]
    say: str
    due_days: int | None
    days: Mapping[str, int]


Rules = Mapping[str, Sequence[Rule]]


def parse(data: Mapping[str, Any]) -> Rules:
    """Read the rules of a facts file, by language `zh` and `en`."""
    return {language: [_rule(row, data[language]) for row in data[language]["rules"]] for language in ("zh", "en")}


def _rule(row: Mapping[str, Any], section: Mapping[str, Any]) -> Rule:
    pattern = row["find"]
    for name, words in section["groups"].items():
        pattern = pattern.replace(f"{{{name}}}", f"(?:{words})")
    return Rule(row["kind"], re.compile(pattern, re.IGNORECASE), row["say"], row.get("due"), section["days"])


def extract(text: str, rules: Rules) -> list[Fact]:
    """Return the facts told in a fan's message, at most four, each once; questions and what-ifs tell none."""
    found: dict[tuple[str, str], Fact] = {}
    for clause in _CLAUSE.findall(text[:_MAX_SOURCE]):
        if not _ASKING.search(clause.strip()) and not _IF.search(clause):
            for fact in _of_clause(clause.strip(), rules):
                found.setdefault((fact.kind, fact.text), fact)
    return list(found.values())[:_MAX_FACTS]


def _of_clause(clause: str, rules: Rules) -> Iterator[Fact]:
    source = clause.replace("’", "'")  # noqa: RUF001 - the typographic apostrophe is the point
    taken: list[tuple[int, int]] = []
    for rule in rules["zh" if han_share(clause) >= 0.2 else "en"]:
        match = rule.pattern.search(source)
        if match is None or any(match.start() < end and start < match.end() for start, end in taken):
            continue
        text = " ".join(rule.say.format(**match.groupdict()).split())[:_MAX_TEXT]
        if len(text) >= 2:
            taken.append(match.span())
            yield Fact(rule.kind, text, _keywords(match, text), _due(rule, match))


def _due(rule: Rule, match: re.Match[str]) -> int | None:
    said = match.groupdict().get("when")
    if said is None:
        return rule.due_days
    return next((days for name, days in rule.days.items() if said.lower().startswith(name)), None)


def _keywords(match: re.Match[str], text: str) -> tuple[str, ...]:
    """Return what a later message would name: the body part, the thing liked, the name, the plan."""
    named = [value.strip() for name, value in match.groupdict().items() if value and name not in _NOT_KEYWORDS]
    telling = [word for word in named if len(word) > 1 or word in _TELLING]
    return tuple(dict.fromkeys([*telling, text]))
