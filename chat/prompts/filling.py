"""Fills the macros of card texts for one turn, and makes what comes out harmless for a prompt. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from characters.macros import MacroContext, expand, fill
from chat.prompts.escape import plain

# Anything but a name: it may come out differently each turn, or write a variable.
_LIVELY = re.compile(r"\{\{(?!\s*(?:char|user)\s*\}\})", re.IGNORECASE)

Fill = Callable[[str, str], str]


class Filler:
    """Fills texts in the order they are asked for: a macro may write what a later one reads."""

    def __init__(self, context: MacroContext) -> None:
        self.context = context

    def __call__(self, text: str, place: str, *, original: str = "") -> str:
        """Return `text` as it stands in the prompt. `place` says where, `original` what it replaces."""
        if not text:
            return ""
        calm = _named(text, self.context.char, self.context.user)
        return calm if calm is not None else plain(fill(text, self.context, place=place, original=original))


@lru_cache(maxsize=4096)
def _named(text: str, char: str, user: str) -> str | None:
    """Return a text with nothing but names to fill in, None for any other. Kept: most of a card is that, every turn."""
    return None if _LIVELY.search(text) else plain(expand(text, char=char, user=user))
