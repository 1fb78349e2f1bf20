"""Whether another wording still says the same: numbers, names, actions, questions and most words are kept. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

_ACTION = re.compile(r"\*[^*\n]+\*")
_QUOTED = re.compile(r"「[^」]*」|『[^』]*』|“[^”]*”")
_NUMBER = re.compile(r"\d+(?:[.:,]\d+)*|[零〇一二两三四五六七八九十百千万亿]{2,}")
_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][\w'’-]+")  # noqa: RUF001
_NOT = re.compile(r"[不没别未莫]|\b(?:not|no|never|nobody|nothing|without)\b|n['’]t\b", re.IGNORECASE)  # noqa: RUF001
_WORD = re.compile(r"[a-z]{4,}")
_HAN_RUN = re.compile(r"[\u3400-\u9fff]+")
_SHORTEST, _LONGEST = 0.45, 1.25
# Rewriting is about how it is said: this share of what is said has to be found again.
_KEPT_FROM = 0.4


def why_not(old: str, new: str, *, names: Sequence[str] = ()) -> str:
    """Return what a new wording lost or made up, as a stable name; empty where it still says the same."""
    size = len(new) / max(1, len(old))
    checks = (
        ("length", not _SHORTEST <= size <= _LONGEST),
        ("actions", _ACTION.findall(old) != _ACTION.findall(new)),
        ("quotes", _QUOTED.findall(old) != _QUOTED.findall(new)),
        ("numbers", Counter(_NUMBER.findall(old)) != Counter(_NUMBER.findall(new))),
        ("names", _named(old, names) != _named(new, names)),
        ("negation", bool(_NOT.search(old)) != bool(_NOT.search(new))),
        ("question", _asks(old) != _asks(new)),
        ("words", _kept(old, new) < _KEPT_FROM),
    )
    return next((name for name, is_lost in checks if is_lost), "")


def _named(text: str, names: Sequence[str]) -> set[str]:
    return {name for name in names if name and name in text} | set(_NAME.findall(text))


def _asks(text: str) -> bool:
    return any(mark in text for mark in "?？")  # noqa: RUF001 - Chinese punctuation


def _kept(old: str, new: str) -> float:
    """Return the share of what carries meaning in `old` that is in `new`: long words, pairs of Han characters."""
    said = _carriers(old)
    return len(said & _carriers(new)) / len(said) if said else 1.0


def _carriers(text: str) -> set[str]:
    spoken = _ACTION.sub(" ", text)
    runs = _HAN_RUN.findall(spoken)
    return {letter for run in runs for letter in run} | {word[:6] for word in _WORD.findall(spoken.casefold())}
