"""Draws a reply several times at once and keeps the best: how often is a setting, how good the scorers' word."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

from django.conf import settings

from chat import judging, speaking
from chat.judging import Judgement
from chat.speaking import Drawn
from chat.turn import Turn

MOST = 8
_KEPT_CHARS = 600
# How many draws this process makes beyond the first of each reply, so that a busy hour falls back to one.
_aside = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """The draw to show, and whether any other was possible. `drawn` is None where nothing was said at all."""

    drawn: Drawn | None
    judgement: Judgement | None = None


def count_for(turn: Turn) -> int:
    """Return how many draws this reply gets: by scene and tier, scene, tier, or for all; the first that is set.

    A text that is continued, and a process with its hands full, get one.
    """
    if turn.so_far:
        return 1
    wanted: Mapping[str, int] = settings.CHAT_BEST_OF
    scene, tier = turn.cast.scene, turn.route.tier
    keys = (f"{scene}/{tier}", scene, tier, "*")
    count = next((int(wanted[key]) for key in keys if key in wanted), 1)
    free = int(settings.CHAT_MAX_REPLIES) - _aside
    return max(1, min(count, MOST, 1 + free))


async def best(turn: Turn, count: int) -> Choice:
    """Draw `count` replies at once and return the best; the trace keeps what every one of them was worth.

    Whoever is not done `CHAT_BEST_OF_WAIT_SECONDS` after the first good one is cancelled.
    """
    before = turn.text
    drawn = await _drawn(turn, before, count)
    whole = [(place, one) for place, one in enumerate(drawn) if one is not None and one.is_whole]
    judged = {place: await _judged(turn, one, is_choice=len(whole) > 1) for place, one in whole}
    chosen = _best(judged)
    if chosen is None:
        chosen = _least_bad(drawn)
    turn.trace["best_of"] = [_as_trace(one, judged.get(place), place == chosen) for place, one in enumerate(drawn)]
    rest = [
        {"why": "not_chosen", "text": one.text[:_KEPT_CHARS]}
        for place, one in whole
        if place != chosen and one.text != before
    ]
    if rest:
        turn.trace["unsaid"] = rest
    if chosen is None:
        return Choice(None)
    return Choice(drawn[chosen], judged.get(chosen))


async def _drawn(turn: Turn, before: str, count: int) -> list[Drawn | None]:
    """Return the draws in the order of their seeds, None for those that came too late."""
    global _aside
    tasks = [asyncio.create_task(speaking.draw(turn, before=before, shift=shift)) for shift in range(count)]
    _aside += count - 1
    try:
        await _until_late(tasks)
        return [task.result() if task.done() else None for task in tasks]
    finally:
        _aside -= count - 1
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _until_late(tasks: Sequence[asyncio.Task[Drawn]]) -> None:
    pending = set(tasks)
    deadline: float | None = None
    while pending:
        left = None if deadline is None else max(0.0, deadline - monotonic())
        done, pending = await asyncio.wait(pending, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        if not done:
            return
        if deadline is None and any(task.result().is_whole for task in done):
            deadline = monotonic() + settings.CHAT_BEST_OF_WAIT_SECONDS


async def _judged(turn: Turn, drawn: Drawn, *, is_choice: bool) -> Judgement:
    return await judging.judge(turn, drawn.text, finish_reason=drawn.finish_reason, is_choice=is_choice)


def _best(judged: Mapping[int, Judgement]) -> int | None:
    """Return the place of the best; of equal ones the first, whose seed is the reply's own."""
    found: int | None = None
    for place, judgement in judged.items():
        if found is None or judgement.is_better_than(judged[found]):
            found = place
    return found


def _least_bad(drawn: Sequence[Drawn | None]) -> int | None:
    """Return the place of what to go on with where none may stand: the most that was said, else why it was not."""
    found = [(place, one) for place, one in enumerate(drawn) if one is not None]
    if not found:
        return None
    return max(found, key=lambda row: (row[1].refusal is None and bool(row[1].error), len(row[1].said), -row[0]))[0]


def _as_trace(drawn: Drawn | None, judgement: Judgement | None, is_chosen: bool) -> dict[str, Any]:
    if drawn is None:
        return {"late": True}
    row: dict[str, Any] = {"seed": drawn.seed, "model": drawn.model, "chosen": is_chosen}
    if judgement is not None:
        row |= {"total": judgement.total, "scores": {name: s.value for name, s in judgement.scores.items()}}
        row |= {"left_out": list(judgement.left_out)} if judgement.left_out else {}
    for name, value in (("error", drawn.error), ("blocked_by", drawn.blocked_by)):
        row |= {name: value} if value else {}
    return row
