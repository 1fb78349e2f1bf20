"""Judges a reply by the scorers that settings name: one judge for best-of-n and for the second try."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from django.conf import settings
from django.utils.module_loading import import_string

from chat import voices
from chat.scoring import Candidate, Context, Score, Scorer, SlowScorer
from chat.turn import Turn
from moderation import guard
from moderation.findings import Category, Finding

logger = logging.getLogger(__name__)

# Dotted path -> weight, or {"weight": …, "seconds": …} for one that asks somebody else.
# `settings.CHAT_SCORERS` comes on top; a weight of 0 leaves a scorer out.
SCORERS: Mapping[str, float] = {
    "chat.scoring.own.InCharacter": 4.0,
    "chat.scoring.own.Freshness": 2.0,
    "chat.scoring.own.Plainness": 1.5,
    "chat.scoring.own.Measure": 1.0,
}
_CHARACTER, _FRESH, _PLAIN = "InCharacter", "Freshness", "Plainness"
_SECONDS = 1.0
_SAID_LATELY = 8
# From here on a reply is mostly what was said or written before.
_ECHO_FROM = 0.4


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the scorers said of one reply. `total` is their weighted mean; `left_out` are those that gave no answer."""

    total: float
    scores: Mapping[str, Score]
    findings: tuple[Finding, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def ooc(self) -> float:
        """How far out of character, 0.0 to 1.0."""
        return self._lack(_CHARACTER)

    @property
    def echo(self) -> float:
        """How much of it was said or written before, 0.0 to 1.0."""
        return self._lack(_FRESH)

    @property
    def stiff(self) -> float:
        """How much it lectures or sounds written, 0.0 to 1.0."""
        return self._lack(_PLAIN)

    @property
    def worst(self) -> float:
        return max(self.ooc, self.echo)

    @property
    def is_off(self) -> bool:
        """Whether this should not stand if another try does better."""
        return self.ooc >= settings.CHAT_OOC_THRESHOLD or self.echo >= _ECHO_FROM

    def is_better_than(self, other: Judgement) -> bool:
        return (not self.is_off, self.total) > (not other.is_off, other.total)

    def as_trace(self) -> dict[str, Any]:
        return {
            "ooc": self.ooc,
            "echo": self.echo,
            "total": self.total,
            "scores": {name: score.value for name, score in self.scores.items()},
            "findings": [f.as_dict() for f in self.findings if f.category is Category.OOC],
            **({"left_out": list(self.left_out)} if self.left_out else {}),
        }

    def _lack(self, name: str) -> float:
        return round(1 - self.scores[name].value, 4) if name in self.scores else 0.0


@dataclass(frozen=True, slots=True)
class _Weighted:
    name: str
    scorer: Scorer | SlowScorer
    weight: float
    seconds: float
    is_slow: bool
    is_own: bool


async def judge(turn: Turn, text: str, *, finish_reason: str = "", is_choice: bool = False) -> Judgement:
    """Return the judgement on `text` as this turn's reply. Scorers that ask others are asked only for a choice.

    A scorer that fails or is late is left out: the rest decides.
    """
    profile = turn.cast.sheet.profile
    own = text.removeprefix(turn.so_far or turn.reflex)
    findings = tuple(guard.inspect(text, side="character", profile=profile))
    candidate = Candidate(text, own, finish_reason, findings)
    context = Context(
        profile=profile,
        voice=voices.voice_of(turn.cast.sheet, turn.cast.scene),
        message=turn.message,
        said=tuple(line.text for line in turn.history[-_SAID_LATELY:] if line.role == "character"),
        written=(turn.prompt.messages[0].content,) if turn.prompt is not None else (),
    )
    asked = [one for one in _scorers() if is_choice or not one.is_slow]
    ours, others = [one for one in asked if one.is_own], [one for one in asked if not one.is_own]
    known = [cast(Score, one.scorer.score(candidate, context)) for one in ours]
    answers = await asyncio.gather(*(_asked(one, candidate, context) for one in others), return_exceptions=True)
    return _summed([*ours, *others], [*known, *answers], findings)


async def _asked(one: _Weighted, candidate: Candidate, context: Context) -> Score:
    answer = one.scorer.score(candidate, context)
    if isinstance(answer, Score):
        return answer
    async with asyncio.timeout(one.seconds):
        return await answer


def _summed(
    asked: Sequence[_Weighted], answers: Sequence[Score | BaseException], findings: tuple[Finding, ...]
) -> Judgement:
    scores: dict[str, Score] = {}
    left_out: list[str] = []
    total = weights = 0.0
    for one, answer in zip(asked, answers, strict=True):
        if isinstance(answer, BaseException):
            logger.warning("scorer %s left out: %s", one.name, type(answer).__name__)
            left_out.append(one.name)
            continue
        value = min(1.0, max(0.0, answer.value))
        scores[one.name] = Score(value, answer.reasons)
        total, weights = total + one.weight * value, weights + one.weight
    return Judgement(round(total / weights, 4) if weights else 1.0, scores, findings, tuple(left_out))


def _scorers() -> tuple[_Weighted, ...]:
    wanted = {**SCORERS, **settings.CHAT_SCORERS}
    return _built(tuple((path, *terms(raw)) for path, raw in wanted.items()))


def terms(raw: float | Mapping[str, float]) -> tuple[float, float]:
    """Return weight and seconds of a scorer as settings write it. Raises `TypeError` or `ValueError`."""
    if isinstance(raw, Mapping):
        return float(raw.get("weight", 1.0)), float(raw.get("seconds", _SECONDS))
    return float(raw), _SECONDS


@lru_cache(maxsize=8)
def _built(wanted: tuple[tuple[str, float, float], ...]) -> tuple[_Weighted, ...]:
    built = []
    for path, weight, seconds in wanted:
        if weight > 0:
            scorer = import_string(path)()
            is_slow = inspect.iscoroutinefunction(scorer.score)
            built.append(_Weighted(path.rpartition(".")[2], scorer, weight, seconds, is_slow, path in SCORERS))
    return tuple(built)
