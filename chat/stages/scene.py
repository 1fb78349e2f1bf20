"""Chooses how this reply is drawn: the scene's sampling, and what to mind at this feeling."""

from __future__ import annotations

from chat import scenes
from chat.scene import in_language
from chat.turn import Turn

_STRATEGY_FROM = 0.4
_DEFENCE_FROM = 0.5


async def choose(turn: Turn) -> None:
    """Fill `scene` and `strategy`."""
    turn.scene = turn.wish.within(scenes.preset(turn.cast.scene))
    name = _strategy(turn)
    turn.strategy = in_language(turn.scene.strategies.get(name, {}), turn.cast.sheet.language)
    turn.trace["scene"] = {
        "name": turn.scene.name,
        "strategy": name,
        "temperature": turn.scene.temperature,
        "top_p": turn.scene.top_p,
        "max_tokens": turn.scene.max_tokens,
    }


def _strategy(turn: Turn) -> str:
    if turn.in_crisis:
        return "crisis"
    if turn.subtext >= _DEFENCE_FROM:
        return "defence"
    return turn.feeling.emotion if turn.feeling.score >= _STRATEGY_FROM else ""
