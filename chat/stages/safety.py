"""Screens the whole reply once more: what passed in pieces may not pass as a whole."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from chat import lines
from chat.exceptions import ReplyBlocked
from chat.notes import refused
from chat.turn import Event, Turn
from moderation import guard


async def screen(turn: Turn) -> AsyncGenerator[Event, None]:
    """End the turn as `blocked` where the reply as a whole crosses a red line; its text is taken back."""
    if turn.is_over:
        return
    verdict = guard.screen(turn.text, side="character", profile=turn.cast.sheet.profile)
    turn.trace["safety"] = [finding.as_dict() for finding in verdict.findings]
    if not verdict.is_blocked:
        return
    turn.trace["blocked_by"] = verdict.policy_code
    turn.end("blocked", ReplyBlocked.code)
    yield turn.replace(turn.reflex or lines.outage(turn.cast.sheet))
    yield refused(turn, ReplyBlocked(policy_code=verdict.policy_code))
