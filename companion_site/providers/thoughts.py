"""Keeps a reasoning model's thoughts to itself, where its server lets them through. Pure."""

from __future__ import annotations

_OPEN = "<think>"
_CLOSE = "</think>"


class ThoughtStripper:
    """Drops one block of thoughts from the very beginning of a reply; an unfinished one to the end."""

    def __init__(self) -> None:
        self._held = ""
        self._is_past = False
        self._is_after = False

    def feed(self, text: str) -> str:
        """Return what is surely no thought."""
        if self._is_past:
            return text
        if self._is_after:  # the white space behind them is none of the reply's
            text = text.lstrip()
            self._is_past = bool(text)
            return text
        self._held += text
        bare = self._held.lstrip()
        if not bare.startswith(_OPEN):
            return "" if _OPEN.startswith(bare) else self.close()
        end = bare.find(_CLOSE)
        if end < 0:
            # Thoughts may be long; of them only the beginning and what may be half of their end matter.
            self._held = _OPEN + bare[len(_OPEN) :][1 - len(_CLOSE) :]
            return ""
        self._held, self._is_after = "", True
        return self.feed(bare[end + len(_CLOSE) :])

    def close(self) -> str:
        """Return what was held back and is no thought."""
        held, self._held, self._is_past = self._held, "", True
        return "" if held.lstrip().startswith(_OPEN) else held
