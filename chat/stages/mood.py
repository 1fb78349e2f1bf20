"""Reads the fan's feeling, and answers a strong one at once with the character's own line."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from chat import lexicons, scenes
from chat.detectors import emotion, subtext
from chat.turn import Event, MoodChanged, Turn

_CONTEXT = 4
# The face a character makes at a fan's feeling: with them in joy and sorrow, concerned at fear.
_FACES = {
    "joy": "joy",
    "sadness": "sadness",
    "anger": "anger",
    "fear": "sadness",
    "surprise": "surprise",
    "disgust": "anger",
}
_SHOWN_FROM = 0.4
_DEFENCE_FROM = 0.5


async def read(turn: Turn) -> AsyncGenerator[Event, None]:
    """Fill `feeling`, `subtext`, `expression` and `reflex`; say the reflex line before anything slow happens."""
    lexicon = lexicons.emotions()
    turn.feeling = emotion.detect(turn.message, lexicon)
    # Stage directions are nobody's words.
    said = [line.text for line in turn.history[-_CONTEXT:] if line.role != "director"]
    turn.subtext = subtext.detect(turn.message, said, lexicon)
    felt = _felt(turn)
    turn.expression = _FACES.get(felt, "neutral")
    turn.trace["mood"] = {
        "emotion": turn.feeling.emotion,
        "score": turn.feeling.score,
        "scores": turn.feeling.scores,
        "subtext": turn.subtext,
        "version": [emotion.VERSION, subtext.VERSION],
    }
    if felt != "neutral":
        yield MoodChanged(felt, turn.feeling.score, turn.expression)
    if not turn.so_far and turn.message:
        turn.reflex = _reflex(turn)
        if turn.reflex:
            turn.trace["reflex"] = turn.reflex
            yield turn.say(turn.reflex, at_once=True)


def _felt(turn: Turn) -> str:
    if turn.in_crisis or turn.subtext >= _DEFENCE_FROM:
        return "sadness"
    return turn.feeling.emotion if turn.feeling.score >= _SHOWN_FROM else "neutral"


def _reflex(turn: Turn) -> str:
    """Return the character's line for a strong feeling: by the turn's seed, never the one it used last."""
    if turn.in_crisis:
        name = "sadness"
    elif turn.feeling.score >= scenes.preset(turn.cast.scene).reflex_at:
        name = turn.feeling.emotion
    else:
        return ""
    lines = [line for line in turn.cast.sheet.ours.reflexes.get(name, ()) if line.strip()]
    last = next((line.mood.get("reflex") for line in reversed(turn.history) if line.mood.get("reflex")), "")
    fresh = [line for line in lines if line != last] or lines
    return fresh[turn.seed % len(fresh)].strip() if fresh else ""
