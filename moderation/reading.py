"""How a text is read before it is matched: folded, un-split, with the way back to the original. Pure.

Matching happens on *views* of a text; every view remembers which original character each of its
characters came from, so that evidence is always a span of what the person really wrote.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field

from companion_site.core.text import normalise
from moderation.folding import LEET, VARIANTS

HAN = "\u3400-\u9fff\uf900-\ufaff"
_SPACES = re.compile(r"[^\S\n]{2,}")
# Characters put between the letters of a word to hide it. Sentence marks are not among them, so that
# the end of one sentence and the start of the next do not become a word.
_NOISE = r"[^\w\n。！？!?；;，,、：:（）()「」“”\"]"
_SPLIT_HAN = re.compile(rf"(?<=[{HAN}])(?:{_NOISE}|_){{1,6}}(?=[{HAN}])")
# Lone Han characters with anything between them: 自。杀。吧
_LONE_HAN = re.compile(rf"(?<![{HAN}])[{HAN}](?:[\W_]{{1,4}}[{HAN}](?![{HAN}]))+")
# Lone Latin letters with anything between them: s u i c i d e, k.y.s
_LONE_LATIN = re.compile(rf"(?<![a-z0-9])[a-z0-9](?:[^a-z0-9\n{HAN}]{{1,4}}[a-z0-9](?![a-z0-9])){{2,}}")
_LEET_WORD = re.compile(r"(?<![a-z0-9@$])(?=[a-z0-9@$]*[a-z])(?=[a-z0-9@$]*[0-9@$])[a-z0-9@$]{3,24}(?![a-z0-9@$])")
_SEPARATOR = re.compile(r"[\W_]+")


class _Fold(dict[int, str]):
    """Character code → folded character(s), filled as characters are met."""

    def __missing__(self, code: int) -> str:
        folded = normalise(chr(code))
        folded = "".join(VARIANTS.get(char, char) for char in folded)
        if folded.isspace() and folded != "\n":
            folded = " "
        self[code] = folded
        return folded


_FOLD = _Fold()
_UNLEET = str.maketrans(LEET)


def fold(text: str) -> str:
    """Return `text` as terms and texts are compared: NFKC, case-folded, look-alikes and variants merged."""
    return text.translate(_FOLD)


def unleet(folded: str) -> str:
    """Return a folded text with every leet digit read as its letter."""
    return folded.translate(_UNLEET)


@dataclass(frozen=True, slots=True)
class View:
    """A text to match on; `origin[i]` is the original index of its i-th character (None: the same index)."""

    text: str
    origin: tuple[int, ...] | None
    length: int
    is_squeezed: bool = False

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the original span of the view's characters `start` to `end`."""
        if self.origin is None:
            return start, end
        return self.origin[start], self.origin[end - 1] + 1

    def index_of(self, original: int) -> int:
        """Return the first character of the view that comes from `original` or after it."""
        return original if self.origin is None else bisect_left(self.origin, original)


@dataclass(frozen=True, slots=True)
class Reading:
    """A text and its views. `memo` keeps what was computed once for several detectors."""

    text: str
    views: tuple[View, ...]
    memo: dict[int, object] = field(default_factory=dict, compare=False, repr=False)


def read(text: str | Reading) -> Reading:
    """Return the reading of `text`; a reading is returned as it is."""
    if isinstance(text, Reading):
        return text
    plain = _plain(text)
    squeezed = _squeeze(plain)
    return Reading(text, (plain,) if squeezed is None else (plain, squeezed))


def _plain(text: str) -> View:
    folded = text.translate(_FOLD)
    if len(folded) == len(text) and not _SPACES.search(folded):
        return View(folded, None, len(text))
    chars: list[str] = []
    origin: list[int] = []
    for index, char in enumerate(text):
        for piece in _FOLD[ord(char)]:
            if piece == " " and chars and chars[-1] == " ":
                continue
            chars.append(piece)
            origin.append(index)
    return View("".join(chars), tuple(origin), len(text))


def _squeeze(plain: View) -> View | None:
    """Return the view without the characters that split words, and with leet read; None where nothing changes."""
    text = plain.text
    drop: set[int] = set()
    for match in _SPLIT_HAN.finditer(text):
        drop.update(range(match.start(), match.end()))
    for pattern in (_LONE_HAN, _LONE_LATIN):
        for match in pattern.finditer(text):
            for gap in _SEPARATOR.finditer(text, match.start(), match.end()):
                drop.update(range(gap.start(), gap.end()))
    swap: dict[int, str] = {}
    for match in _LEET_WORD.finditer(text):
        swap.update({i: LEET[text[i]] for i in range(match.start(), match.end()) if text[i] in LEET})
    if not drop and not swap:
        return None
    keep = [i for i in range(len(text)) if i not in drop]
    origin = tuple(keep if plain.origin is None else (plain.origin[i] for i in keep))
    return View("".join(swap.get(i, text[i]) for i in keep), origin, plain.length, is_squeezed=True)
