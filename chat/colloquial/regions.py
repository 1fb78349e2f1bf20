"""Knows what part of a reply is the character speaking: not actions, asides, or the words of others. Pure."""

from __future__ import annotations

_QUOTES = {"“": "”", "「": "」", "『": "』", '"': '"'}
_BRACKETS = {"（": "）", "(": ")"}  # noqa: RUF001 - Chinese punctuation


class Regions:
    """Where a reply is, letter by letter. A line's end closes whatever was left open.

    A quotation mark where a sentence begins opens the character's own speech, as novels write it; anywhere else
    it opens somebody's words. `is_open` says that the text here is the character's own speech.
    """

    def __init__(self) -> None:
        self._is_action = False
        self._closers: list[tuple[str, bool]] = []  # what closes it, and whether it shuts the text out
        self.is_open = True

    def enter(self, letter: str, *, after: str, is_start: bool) -> None:
        """Take the next letter, `after` another; `is_start` says that a sentence would begin here."""
        if letter == "\n":
            self._is_action, self._closers = False, []
        elif letter == "*":
            # ** is what small models make of *.
            if after != "*":
                self._is_action = not self._is_action
        elif self._closers and letter == self._closers[-1][0]:
            self._closers.pop()
        elif letter in _QUOTES:
            self._closers.append((_QUOTES[letter], not is_start))
        elif letter in _BRACKETS:
            self._closers.append((_BRACKETS[letter], True))
        else:
            return
        self.is_open = not self._is_action and not any(is_shut for _, is_shut in self._closers)
