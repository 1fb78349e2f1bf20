"""Macros of card text: names, chance, time, variables, conditions. Pure: no Django, no clock, no random state.

Equal text, context and place give an equal result, so a prompt can be replayed. Nothing here raises, whatever
the text, and what macros may add is bounded. A text is filled once: what a macro says is never read again.
"""

from __future__ import annotations

from dataclasses import replace

from characters.macros.context import CardTexts, ChatFacts, MacroContext
from characters.macros.engine import Filling
from characters.macros.nodes import Mode, Nodes, Tag
from characters.macros.parse import parse
from characters.macros.registry import MACROS
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

    `original` is what `{{original}}` stands for, already filled: the text this one replaces.
    """
    return Filling(context, Mode.PROMPT, place=place, original=original).fill(text)


def shown(text: str, context: MacroContext, *, place: str = "") -> str:
    """Return `text` as the fan sees it: as `fill`, with the words of `{{comment: …}}` in their place."""
    return Filling(context, Mode.SHOWN, place=place).fill(text)


def scanned(text: str, context: MacroContext, *, place: str = "") -> str:
    """Return `text` as recursion reads it: as `fill`, with the words of `{{hidden_key: …}}` in their place.

    Writes no variable: the same text is filled for the prompt too, and counts once.
    """
    return Filling(replace(context, variables=context.variables.copy()), Mode.SCANNED, place=place).fill(text)


def expand(text: str, *, char: str, user: str, original: str = "") -> str:
    """Return `text` with macros filled where only the names are known; dates and variables are empty then."""
    return fill(text, MacroContext(char, user), original=original)


def unknown_macros(text: str) -> tuple[str, ...]:
    """Return the names of macros in `text` that nothing here fills, in lower case, in order, each once."""
    found: dict[str, None] = {}
    waiting: list[Nodes] = [parse(text)]
    while waiting:
        for node in waiting.pop():
            if not isinstance(node, Tag):
                continue
            if node.macro is None and node.name and node.name not in MACROS:
                found[node.name] = None
            waiting += [*node.args, node.body, node.content or (), node.otherwise]
    return tuple(found)
