"""Macros of card text: who `{{char}}` and `{{user}}` are. Pure; one pass, so a name is never expanded itself."""

from __future__ import annotations

import re

_MACRO = re.compile(r"\{\{\s*(char|user|original)\s*\}\}|<(bot|user|char)>|\{\{//[^{}]*\}\}", re.IGNORECASE)


def expand(text: str, *, char: str, user: str, original: str = "") -> str:
    """Return `text` with `{{char}}`/`<BOT>`, `{{user}}`/`<USER>` and `{{original}}` filled in, comments removed.

    Any case matches; macros we do not know stay as they are.
    """

    def value(match: re.Match[str]) -> str:
        name = (match[1] or match[2] or "").lower()
        if name in {"char", "bot"}:
            return char
        if name == "user":
            return user
        return original if name else ""

    return _MACRO.sub(value, text)
