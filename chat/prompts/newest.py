"""What a reply answers, as a piece of the prompt: the fan's own words, or a stage direction nobody says. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from chat.given import Cast, Line, Play
from chat.prompts.budget import cut, spoken
from chat.prompts.escape import plain
from chat.prompts.prompt import Limits, Part, part, weight
from chat.prompts.words import say

DIRECTOR = "director"
# A direction stands in brackets of its own; with others inside it could seem to end before it does.
_BRACKETS = str.maketrans("[]", "()")


def directed(cast: Cast, text: str, tokens: int) -> tuple[str, int]:
    """Return a stage direction as it stands in a prompt, its words cut to `tokens`, and what it costs."""
    words = cut(" ".join(plain(text).translate(_BRACKETS).split()), tokens=tokens)
    said = say(cast, "direction", words)
    return said, weight(said)


def newest(play: Play, limits: Limits) -> list[Part]:
    """Return what the reply answers as one part, or nothing where it answers nobody."""
    if play.message.strip():
        return [part("chatHistory", "user", spoken(play.message, limits.message)[0])]
    if _is_directed(play):
        text, cost = directed(play.cast, play.history[-1].text, limits.message)
        return [Part("chatHistory", "system", text, cost)]
    return []


def earlier(play: Play) -> Sequence[Line]:
    """Return the messages before what the reply answers, oldest first."""
    return play.history[:-1] if _is_directed(play) else play.history


def _is_directed(play: Play) -> bool:
    return not play.message.strip() and bool(play.history) and play.history[-1].role == DIRECTOR
