"""Checks whether this was really the character speaking, and lets it try once more, silently, where it was not."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from math import prod

from django.conf import settings

from chat import generation, lexicons
from chat.detectors import echo, emotion
from chat.prompts.reply import tidied
from chat.turn import Event, MoodChanged, Turn
from companion_site.providers.base import ModelError
from moderation import guard
from moderation.findings import Category, Finding

logger = logging.getLogger(__name__)

_SAID_LATELY = 8
# From here on a reply is mostly what was said or written before.
_ECHO_FROM = 0.4
_OWN_FEELING_FROM = 0.6


@dataclass(frozen=True, slots=True)
class _Judgement:
    """`score` 0.0 in character to 1.0 out of it; `echo` how much of it was said or written before."""

    score: float
    echo: float
    findings: list[Finding]

    @property
    def worst(self) -> float:
        return max(self.score, self.echo)

    @property
    def is_off(self) -> bool:
        return self.score >= settings.CHAT_OOC_THRESHOLD or self.echo >= _ECHO_FROM


async def check(turn: Turn) -> AsyncGenerator[Event, None]:
    """Fill `ooc_score`. A reply over the threshold is drawn once more; the better of the two stays."""
    if turn.is_over or not turn.text.strip():
        return
    first = _judge(turn, turn.text)
    turn.ooc_score = first.score
    turn.trace["character"] = _as_trace(first)
    if first.is_off and not turn.so_far:
        async for event in _second_try(turn, first):
            yield event
    own = emotion.detect(turn.text, lexicons.emotions())
    if own.score >= _OWN_FEELING_FROM and own.emotion != turn.expression:
        turn.expression = own.emotion
        yield MoodChanged(own.emotion, own.score, own.emotion)


async def _second_try(turn: Turn, first: _Judgement) -> AsyncGenerator[Event, None]:
    assert turn.prompt is not None
    reason = turn.finish_reason
    try:
        pieces = [piece async for piece in generation.words(turn, turn.prompt, retry=1)]
    except ModelError as error:
        logger.info("second try of turn %s failed: %s", turn.public_id, error.kind)
        return
    text = "".join(pieces).strip()
    text = f"{turn.reflex} {text}".strip() if turn.reflex else f"{turn.opening}{text}"
    text = tidied(text, finish_reason=turn.finish_reason, is_chinese=turn.cast.sheet.is_chinese)
    second = _judge(turn, text)
    is_safe = not guard.screen(text, side="character", profile=turn.cast.sheet.profile).is_blocked
    is_better = bool(text) and is_safe and second.worst < first.worst
    turn.trace["character"] |= {
        "second_try": _as_trace(second),
        "replaced": is_better,
        "rejected_text": turn.text if is_better else text,
    }
    if is_better:
        turn.ooc_score = second.score
        yield turn.replace(text)
    else:
        turn.finish_reason = reason


def _judge(turn: Turn, text: str) -> _Judgement:
    sheet = turn.cast.sheet
    findings = [f for f in guard.inspect(text, side="character", profile=sheet.profile) if f.category is Category.OOC]
    said = [line.text for line in turn.history[-_SAID_LATELY:] if line.role == "character"]
    written = [turn.prompt.messages[0].content] if turn.prompt is not None else []
    own = echo.share(text.removeprefix(turn.reflex), said=said, written=written, allowed=sheet.ours.catchphrases)
    return _Judgement(_sum(findings), own, findings)


def _sum(findings: list[Finding]) -> float:
    """Return how far out of character: independent signs add up as chances do."""
    return round(1 - prod(1 - finding.score for finding in findings), 4)


def _as_trace(judgement: _Judgement) -> dict[str, object]:
    return {
        "ooc": judgement.score,
        "echo": judgement.echo,
        "findings": [finding.as_dict() for finding in judgement.findings],
    }
