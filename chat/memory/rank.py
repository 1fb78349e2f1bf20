"""Chooses which memories a message wakes: by keyword, by date, by likeness of meaning. Pure; the clock comes in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chat.given import Fragment
from companion_site.core.text import normalise

# What was told a moment ago stands in the history anyway; recalling it would only repeat it.
FRESH = timedelta(hours=2)
# A memory is not brought up of the character's own accord again within this time.
REST = timedelta(hours=20)
THRESHOLD = 0.5


@dataclass(frozen=True, slots=True)
class Recalled:
    """A memory and why it came to mind: `keyword`, `due` or `meaning`."""

    fragment: Fragment
    score: float
    reason: str


def recall(
    fragments: Sequence[Fragment],
    message: str,
    *,
    now: datetime,
    vector: Sequence[float] = (),
    limit: int = 2,
) -> list[Recalled]:
    """Return the memories this message wakes, the strongest first; `vector` is the message's own, if known."""
    said = normalise(message)
    found = [_judge(fragment, said, now, vector) for fragment in fragments if now - fragment.told_at >= FRESH]
    awake = sorted((r for r in found if r.score >= THRESHOLD), key=lambda r: (-r.score, -r.fragment.id))
    return awake[:limit]


def needs_meaning(fragments: Sequence[Fragment], message: str, *, now: datetime) -> bool:
    """Whether a vector of the message could change the answer: there are vectors, and no keyword decided."""
    old = [f for f in fragments if f.vector and now - f.told_at >= FRESH]
    return bool(old) and not any(r.reason == "keyword" for r in recall(old, message, now=now))


def _judge(fragment: Fragment, said: str, now: datetime, vector: Sequence[float]) -> Recalled:
    days = max((now - fragment.told_at).total_seconds() / 86400, 0.0)
    recency = 0.15 * math.exp(-days / 14)
    signs = {
        "keyword": 0.7 if any(normalise(word) in said for word in fragment.keywords) else 0.0,
        "due": 0.6 if _is_due(fragment, now) else 0.0,
        "meaning": _meaning(fragment, vector),
    }
    reason = max(signs, key=lambda name: signs[name])
    return Recalled(fragment, round(signs[reason] + recency, 3), reason)


def _is_due(fragment: Fragment, now: datetime) -> bool:
    """Whether it is time to ask: 昨天说胃疼, 今天好点了吗. Once, and not weeks later."""
    if fragment.due_on is None:
        return False
    overdue = (now.date() - fragment.due_on).days
    if not 0 <= overdue <= 7:
        return False
    return fragment.recalled_at is None or now - fragment.recalled_at >= REST * 7


def _meaning(fragment: Fragment, vector: Sequence[float]) -> float:
    if not vector or len(vector) != len(fragment.vector):
        return 0.0
    cosine = sum(a * b for a, b in zip(vector, fragment.vector, strict=True))
    # Unrelated sentences of this encoder lie around 0.2, paraphrases above 0.5.
    return 0.9 * cosine if cosine >= 0.5 else 0.0
