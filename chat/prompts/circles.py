"""Hears when a reply begins to turn in circles, while it is being written, and says it once. Pure.

Only letters count: changing punctuation, capitals or the number of a list item does not hide a circle. How often a
phrase may be said depends on how long it is: people laugh, plead and sing refrains, but nobody says the same
paragraph twice in a row.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# Looking costs more than a token; once every few characters is soon enough.
_EVERY = 12
# What the last letters are, looked for before them: where they were said before, a circle may have begun.
_ANCHOR = 12
_CANDIDATES = 3
_REMEMBERED = 4096
# A phrase of at most so many different letters is laughter, sobbing, la la la: it may go on for so long.
_LAUGHTER_LETTERS = 3
_LAUGHTER = 120
# So many characters in a row that are no letters at all: dots, stars, blank lines, little faces.
_SILENCE = 160
_SILENCE_KEPT = 3
# Up to this length, in letters, a phrase may be said so often less one; a longer one once.
_OFTEN = ((16, 6), (80, 4), (130, 3))
# A Han character says as much as some letters.
_HAN_LETTERS = 2.5
_HAN = re.compile(r"[\u3400-\u9fff]")
_NOISE = re.compile(r"[\W_]+")
_NUMBER = re.compile(r"[\d一二三四五六七八九十百]+")
_LETTER = re.compile(rf"{_NUMBER.pattern}|[^\W_]")


class Circles:
    """Listens to a reply piece by piece."""

    def __init__(self, before: str = "") -> None:
        self._letters = letters_of(before)[-_REMEMBERED:]
        self._pending = ""
        self._silence = 0

    def hears(self, text: str) -> bool:
        """Take the next piece; say whether the reply now turns in circles."""
        self._pending += text
        if len(self._pending) < _EVERY:
            return False
        pending, self._pending = self._pending, ""
        letters = letters_of(pending)
        if not letters:
            self._silence += len(pending)
            return self._silence >= _SILENCE
        self._silence = 0
        self._letters = (self._letters + letters)[-_REMEMBERED:]
        return circle_in(self._letters) is not None


@dataclass(frozen=True, slots=True)
class Circle:
    """A phrase of `size` letters, said `times` in a row at the end. The end may be a piece of one time more."""

    size: int
    times: int
    is_laughter: bool


def letters_of(text: str) -> str:
    """Return the letters of `text` in one case, every number as 0."""
    return _NOISE.sub("", _NUMBER.sub("0", text.casefold()))


def is_circular(text: str) -> bool:
    """Say whether a whole text ends in a circle."""
    return circle_in(letters_of(text)[-_REMEMBERED:]) is not None


def circle_in(letters: str) -> Circle | None:
    """Return the circle at the end of these letters, None where there is none or it is still bearable."""
    end = len(letters) - _ANCHOR
    if end <= 0:
        return None
    anchor, at = letters[end:], end
    for _ in range(_CANDIDATES):
        # It may overlap itself: "hahaha".
        at = letters.rfind(anchor, 0, at + _ANCHOR - 1)
        size = end - at
        if at < 0 or 2 * size > len(letters):
            return None
        if letters[-size:] == letters[-2 * size : -size] and (found := _measured(letters, size)):
            return found
    return None


def _measured(letters: str, size: int) -> Circle | None:
    phrase = letters[-size:]
    times = 1
    while phrase == letters[-(times + 1) * size : -times * size]:
        times += 1
    length = size + (_HAN_LETTERS - 1) * len(_HAN.findall(phrase))
    if len(set(phrase)) <= _LAUGHTER_LETTERS:
        return Circle(size, times, is_laughter=True) if length * times >= _LAUGHTER else None
    often = next((times for longest, times in _OFTEN if length <= longest), 2)
    return Circle(size, times, is_laughter=False) if times >= often else None


def said_once(text: str) -> str:
    """Return `text` with the phrase it repeats at its end said once, and a silence at its end cut short."""
    found = list(_LETTER.finditer(text))
    spoken = found[-1].end() if found else 0
    if len(text) - spoken >= _SILENCE:
        return text[: spoken + _SILENCE_KEPT]
    letters, starts = "", []
    for match in found:
        letter = letters_of(match[0])
        letters += letter
        starts += [match.start()] * len(letter)
    circle = circle_in(letters)
    if circle is None:
        return text
    kept = max(circle.size, _ANCHOR) if circle.is_laughter else circle.size
    return text[: starts[len(letters) - circle.size * circle.times + kept]].rstrip()
