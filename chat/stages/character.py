"""Checks whether this was really the character speaking, and lets it try once more, silently, where it was not."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator

from chat import best_of, judging, lexicons, speaking
from chat.detectors import emotion
from chat.judging import Judgement
from chat.turn import Event, MoodChanged, Turn
from moderation import guard

logger = logging.getLogger(__name__)

_OWN_FEELING_FROM = 0.6
_KEPT_CHARS = 2000


async def check(turn: Turn) -> AsyncGenerator[Event, None]:
    """Fill `ooc_score`. A reply over the threshold is drawn once more; the better of the two stays."""
    if turn.is_over or not turn.text.strip():
        return
    first = await judging.judge(turn, turn.text, finish_reason=turn.finish_reason)
    turn.ooc_score = first.ooc
    turn.trace["character"] = first.as_trace()
    # What the fan has read and asked to go on with is not taken back.
    if first.is_off and not turn.so_far and turn.takes_back:
        async for event in _second_try(turn, first):
            yield event
    own = emotion.detect(turn.text, lexicons.emotions())
    if own.score >= _OWN_FEELING_FROM and own.emotion != turn.expression:
        turn.expression = own.emotion
        yield MoodChanged(own.emotion, own.score, own.emotion)


async def _second_try(turn: Turn, first: Judgement) -> AsyncGenerator[Event, None]:
    """Draw once more, warmer, from a seed nobody had; exactly once, and the text changes at most once."""
    drawn = await speaking.draw(turn, before=turn.reflex, shift=best_of.count_for(turn) - 1, retry=1)
    if drawn.error:
        logger.info("second try of turn %s failed: %s", turn.public_id, drawn.error)
    if not drawn.is_whole:
        turn.trace["character"] |= {
            "replaced": False,
            "second_try": {"failed": drawn.error or drawn.blocked_by or "empty"},
        }
        return
    is_safe = not guard.screen(drawn.text, side="character", profile=turn.cast.sheet.profile).is_blocked
    first = await judging.judge(turn, turn.text, finish_reason=turn.finish_reason, is_choice=True)
    second = await judging.judge(turn, drawn.text, finish_reason=drawn.finish_reason, is_choice=True)
    is_better = is_safe and second.worst < first.worst and second.is_better_than(first)
    turn.trace["character"] |= {"second_try": second.as_trace(), "replaced": is_better}
    left = turn.text if is_better else drawn.text if is_safe else ""
    if left:
        turn.trace["unsaid"] = [*turn.trace.get("unsaid", ()), {"why": "second_try", "text": left[:_KEPT_CHARS]}]
    if is_better:
        turn.ooc_score = second.ooc
        speaking.adopt(turn, drawn)
        yield turn.replace(drawn.text)
