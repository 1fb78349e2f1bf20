"""Reads the lexicon files once a process; everything behind it is pure and takes them as arguments."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

from moderation.findings import Category, Severity
from moderation.lexicon import Lexicon, Rule
from moderation.policy import BLOCK_AT

FAMILIES = ("redlines", "selfharm", "injection", "contact", "ooc")


class LexiconError(Exception):
    """A lexicon file is malformed; the message names file and rule."""


@cache
def lexicon() -> Lexicon:
    """Return every rule of every lexicon, compiled together so that a text is read once."""
    return Lexicon(all_rules())


@cache
def streaming_lexicon() -> Lexicon:
    """Return the rules that can block a character's reply: what a stream must hold back for."""
    limits = BLOCK_AT["character"]
    return Lexicon(
        rule
        for rule in all_rules()
        # Any sexual word blocks beside an age, so each of them counts, and so does what tells an age.
        if rule.category in {Category.MINORS, Category.SEXUAL}
        or (rule.category in limits and rule.severity >= limits[rule.category] and _applies(rule, "character"))
    )


@cache
def all_rules() -> tuple[Rule, ...]:
    """Return the rules of `fixtures/lexicons/`, in file order; raise `LexiconError` for a malformed one."""
    folder = Path(settings.FIXTURES_DIR) / "lexicons"
    files = [path for family in FAMILIES for path in sorted(folder.glob(f"{family}*.yaml"))]
    return tuple(rule for path in files for rule in _rules_of(path))


def _applies(rule: Rule, side: str) -> bool:
    return not rule.sides or side in rule.sides


def _rules_of(path: Path) -> Iterator[Rule]:
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as exc:
        raise LexiconError(f"{path.name}: {exc}") from exc
    version = f"{path.stem}@{data['version']}"
    for row in data["rules"]:
        try:
            yield _rule(row, version)
        except (KeyError, ValueError, TypeError) as exc:
            raise LexiconError(f"{path.name}, rule {row.get('id', '?')}: {exc!r}") from exc


def _rule(row: dict[str, Any], version: str) -> Rule:
    return Rule(
        id=row["id"],
        category=Category(row["category"]),
        severity=Severity(row["severity"]),
        reason=row["reason"],
        terms=_words(row["terms"]),
        version=version,
        score=float(row.get("score", 0.9)),
        then=tuple(_words(group) for group in row.get("then", ())),
        around=_words(row.get("around", ())),
        within=int(row.get("within", 8)),
        unless=_words(row.get("unless", ())),
        unless_before=_words(row.get("unless_before", ())),
        sides=frozenset(row.get("sides", ())),
    )


def _words(value: object) -> tuple[str, ...]:
    # One line of words separated by " / " reads better in the files than a list of three hundred rows.
    words = value.split(" / ") if isinstance(value, str) else [str(word) for word in value]  # type: ignore[attr-defined]
    return tuple(word.strip() for word in words if word.strip())
