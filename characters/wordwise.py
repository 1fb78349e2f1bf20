"""How one text became another, word by word. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

# Han, kana, hangul and full-width forms stand alone; other letters and digits make words.
_EAST = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_WORD = re.compile(rf"[{_EAST}]|[^\W{_EAST}]+|\s+|[^\w\s]|_+")
_SENTENCE = re.compile(r"[^。！？.!?\n]*[。！？.!?\n]+|[^。！？.!?\n]+")
# More parts than this are compared in larger ones: the time grows with the square.
_PARTS = 1200


class Mark(StrEnum):
    SAME = "same"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of a text that stayed, went or came."""

    mark: Mark
    text: str


def parts(text: str) -> list[str]:
    """Return a text as words, marks and single Han characters; joined they are the text again."""
    return _WORD.findall(text)


def pieces(before: str, after: str) -> tuple[Piece, ...]:
    """Return how one text became the other, by words (Han by characters); very long ones by sentences, or whole.

    The same and gone pieces joined are `before`, the same and new ones `after`.
    """
    old, new = parts(before), parts(after)
    head = _shared(old, new)
    tail = _shared(old[head:][::-1], new[head:][::-1])
    middle = old[head : len(old) - tail], new[head : len(new) - tail]
    if max(map(len, middle)) > _PARTS:
        middle = _SENTENCE.findall("".join(middle[0])), _SENTENCE.findall("".join(middle[1]))
    first, last = "".join(old[:head]), "".join(old[len(old) - tail :])
    return tuple(_joined([Piece(Mark.SAME, first), *_between(*middle), Piece(Mark.SAME, last)]))


def _shared(old: Sequence[str], new: Sequence[str]) -> int:
    """Return how many parts two texts begin with alike."""
    both = min(len(old), len(new))
    return next((n for n in range(both) if old[n] != new[n]), both)


def _between(old: list[str], new: list[str]) -> Iterator[Piece]:
    if max(len(old), len(new)) > _PARTS:
        yield from (Piece(Mark.GONE, "".join(old)), Piece(Mark.NEW, "".join(new)))
        return
    for code, i0, i1, j0, j1 in SequenceMatcher(None, old, new).get_opcodes():
        gone, came = "".join(old[i0:i1]), "".join(new[j0:j1])
        # A blank or a comma between two changes is no rest for the eye.
        if code == "equal" and (len(gone.strip()) > 1 or i0 == 0 or i1 == len(old)):
            yield Piece(Mark.SAME, gone)
        else:
            yield from (Piece(Mark.GONE, gone), Piece(Mark.NEW, came))


def _joined(found: Iterable[Piece]) -> Iterator[Piece]:
    """Join neighbours: what went stands before what came, up to the next text that stayed."""
    gone = came = same = ""
    for piece in found:
        if piece.mark is Mark.SAME and piece.text:
            yield from (Piece(mark, text) for mark, text in ((Mark.GONE, gone), (Mark.NEW, came)) if text)
            gone, came, same = "", "", same + piece.text
            continue
        if piece.text and same:
            yield Piece(Mark.SAME, same)
            same = ""
        gone += piece.text if piece.mark is Mark.GONE else ""
        came += piece.text if piece.mark is Mark.NEW else ""
    yield from (Piece(mark, text) for mark, text in ((Mark.SAME, same), (Mark.GONE, gone), (Mark.NEW, came)) if text)
