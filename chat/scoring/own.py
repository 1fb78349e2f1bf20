"""The scorers every installation has: in character, nothing said twice, no lecture, the card's measure. Pure."""

from __future__ import annotations

import re
from math import prod

from chat.colloquial import stiffness
from chat.detectors import echo
from chat.prompts.circles import is_circular
from chat.scoring.base import Candidate, Context, Score
from moderation.findings import Category, Finding

_SENTENCE = re.compile(r"[^。！？!?.…\n*]+")  # noqa: RUF001 - Chinese punctuation
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")  # noqa: RUF001
_HAN_OR_WORD = re.compile(r"[\u3400-\u9fff]|[A-Za-z0-9]+")
# The usual length of a sentence, in Han characters and in words: from a little under to a little over.
_SENTENCE_LENGTHS = {
    "short": ((2, 16), (1, 11)),
    "medium": ((5, 28), (4, 20)),
    "long": ((10, 60), (8, 40)),
}
# Models end where the tokens end; people end their sentence.
_CUT_OFF = 0.7
_LOOPED = 0.4
_REPEATED_FROM = 6


class InCharacter:
    """Whether this is the character speaking at all: the guard's signs of an assistant, a desk, another world."""

    def score(self, candidate: Candidate, context: Context) -> Score:
        signs = [finding for finding in candidate.findings if finding.category is Category.OOC]
        return Score(round(1 - together(signs), 4), _reasons(signs))


class Freshness:
    """Whether it was not said before: in its last lines, in its instructions, or twice in this reply."""

    def score(self, candidate: Candidate, context: Context) -> Score:
        allowed = context.profile.catchphrases
        echoed = echo.share(candidate.own, said=context.said, written=context.written, allowed=allowed)
        is_looped = candidate.finish_reason == "loop" or is_circular(candidate.own)
        is_doubled = is_looped or _says_twice(candidate.own, allowed)
        value = (1 - echoed) * (_LOOPED if is_looped else 0.8 if is_doubled else 1.0)
        reasons = [name for name, holds in (("said_before", echoed > 0), ("says_twice", is_doubled)) if holds]
        return Score(round(value, 4), tuple(reasons))


class Plainness:
    """Whether it speaks with the fan and not at them: no lecture, no advice, no bookish or translated phrases."""

    def score(self, candidate: Candidate, context: Context) -> Score:
        signs = [finding for finding in candidate.findings if finding.category is Category.QUALITY]
        stiff = stiffness(candidate.own, context.voice)
        reasons = _reasons(signs) + (("stiff",) if stiff else ())
        return Score(round((1 - together(signs)) * (1 - stiff), 4), reasons)


class Measure:
    """Whether it is as long as the card's character speaks, in sentences of its length, and comes to an end."""

    def score(self, candidate: Candidate, context: Context) -> Score:
        profile = context.profile
        is_chinese = profile.language.lower().startswith("zh")
        counted = _HAN_OR_WORD if is_chinese else _WORD
        size = len(counted.findall(candidate.text))
        low, high = profile.reply_length
        parts = [
            ("too_short" if size < low else "too_long", within(size, low, high) if high else 1.0),
            ("sentence_length", _sentences(candidate.text, profile.sentence_length, is_chinese=is_chinese)),
            ("cut_off", _CUT_OFF if candidate.finish_reason == "length" else 1.0),
        ]
        return Score(round(prod(value for _, value in parts), 4), tuple(name for name, value in parts if value < 1))


def together(findings: list[Finding]) -> float:
    """Return how sure several signs make us: independent ones add up as chances do."""
    return round(1 - prod(1 - finding.score for finding in findings), 4)


def within(size: float, low: float, high: float) -> float:
    """Return 1.0 for a size in the usual range; outside it falls with the proportion, to 0.0 at four times."""
    if low <= size <= high:
        return 1.0
    ratio = size / high if size > high else low / max(size, 0.25)
    return round(max(0.0, 1 - (ratio - 1) / 3), 4)


def _sentences(text: str, usual: str, *, is_chinese: bool) -> float:
    """Return how far sentences are as long as the card says; half of it counts, for people vary."""
    counted = _HAN_OR_WORD if is_chinese else _WORD
    sizes = [size for part in _SENTENCE.findall(text) if (size := len(counted.findall(part)))]
    if not sizes or usual not in _SENTENCE_LENGTHS:
        return 1.0
    low, high = _SENTENCE_LENGTHS[usual][0 if is_chinese else 1]
    return round(0.5 + within(sum(sizes) / len(sizes), low, high) / 2, 4)


def _says_twice(text: str, allowed: tuple[str, ...]) -> bool:
    parts = [part.strip() for part in _SENTENCE.findall(text)]
    long = [part for part in parts if len(part) >= _REPEATED_FROM and not any(part in phrase for phrase in allowed)]
    return len(set(long)) < len(long)


def _reasons(findings: list[Finding]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(finding.reason for finding in findings))
