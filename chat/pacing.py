"""How a reply is paced: cut into bubbles at sentence ends, each after the time a person would take. Pure.

The server never waits: it sends the numbers and the browser keeps the time, by the same rules in
`static/js/components/chat-pacing.js`. A table of cases that both read keeps them equal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal

from chat.markup import Line, Span, trimmed

Bubble = tuple[Line, ...]
Tempo = Literal["at_once", "quick", "natural", "calm", "slow"]

SPEEDS: Mapping[str, float] = {"quick": 0.7, "natural": 1.0, "slow": 1.4}
# However slow a scene and a character: a finished reply is never held back longer.
LONGEST_HOLD = 6.0

# From how many Han characters a second on a pace is called what.
_TEMPI: tuple[tuple[Tempo, float], ...] = (("quick", 20), ("natural", 12), ("calm", 8.5), ("slow", 0))

# Weights, so that one number says how long a text is in either script: five Latin signs are two Han ones.
_HAN, _OTHER = 5, 2
_WIDE = 0x2E80
_SENTENCE = re.compile(
    r"""(?P<opens>[“「『（(\[])|(?P<shuts>[”」』）)\]])|(?P<quote>")|(?P<han>[。！？～]+)|(?P<other>[!?…]+|\.{2,})|(?P<dot>\.)"""
)
# A full stop behind one of these ends a title, not a sentence.
_SHORT = re.compile(r"(?:^|[^A-Za-z])(?:[A-Za-z]|Mr|Mrs|Ms|Dr|St|Prof|Sr|Jr|vs|No)$")
_LOOK = 6
_SHUTS = frozenset("”」』）)]")
_STOPS = frozenset("。！？.!?…")
# What follows a Latin sentence: a gap, and no small letter that goes on.
_NEXT = re.compile(r"\s+(?![a-z])")


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast one reads and types. Times in seconds, speeds in characters a second, lengths in Han characters.

    `read_*`: for each Han character of the fan's words, at least, at most. `bubble_least`: no shorter piece is cut.
    `bubbles_most`: how many bubbles sentences may make; 1 leaves every line whole. `hold_seconds`: for how long a
    reply that has arrived may still be on its way to the screen; 0 is no pacing at all.
    """

    read_seconds: float = 0.03
    read_least: float = 0.3
    read_most: float = 1.4
    han_per_second: float = 13.0
    latin_per_second: float = 34.0
    pause_seconds: float = 0.45
    bubble_least: int = 9
    bubbles_most: int = 4
    hold_seconds: float = 5.0

    @property
    def is_paced(self) -> bool:
        return self.hold_seconds > 0

    @property
    def tempo(self) -> Tempo:
        """In one word, for people who choose a scene."""
        if not self.is_paced:
            return "at_once"
        return next(name for name, least in _TEMPI if self.han_per_second >= least)


WHOLE = Pace(bubbles_most=1, hold_seconds=0.0)


@dataclass(frozen=True, slots=True)
class Manner:
    """A character's own part: `speed` is one of SPEEDS; with `is_whole` it says what it says in one piece."""

    speed: str = "natural"
    is_whole: bool = False


NATURAL = Manner()


def paced(pace: Pace, manner: Manner) -> Pace:
    """Return the pace of a scene as this character keeps it."""
    slow = SPEEDS.get(manner.speed, 1.0)
    return replace(
        pace,
        read_seconds=pace.read_seconds * slow,
        read_least=pace.read_least * slow,
        read_most=pace.read_most * slow,
        han_per_second=pace.han_per_second / slow,
        latin_per_second=pace.latin_per_second / slow,
        pause_seconds=pace.pause_seconds * slow,
        bubbles_most=1 if manner.is_whole else pace.bubbles_most,
        hold_seconds=min(LONGEST_HOLD, pace.hold_seconds * slow),
    )


def as_data(pace: Pace) -> dict[str, float | int]:
    """Return the numbers a browser or another program paces by."""
    return {name: round(number, 4) for name, number in asdict(pace).items()}


def weight(text: str) -> int:
    """Return how long a text is: 5 for each sign of a wide script, 2 for any other one, nothing for spaces."""
    return sum(_HAN if ord(sign) >= _WIDE else _OTHER for sign in text if not sign.isspace())


def reading(text: str, pace: Pace) -> float:
    """Return the seconds it takes to read the fan's words."""
    return min(pace.read_most, max(pace.read_least, weight(text) / _HAN * pace.read_seconds))


def typing(bubble: Bubble, pace: Pace) -> float:
    """Return the seconds it takes to type a bubble."""
    signs = [sign for line in bubble for sign in line.text if not sign.isspace()]
    wide = sum(ord(sign) >= _WIDE for sign in signs)
    return wide / pace.han_per_second + (len(signs) - wide) / pace.latin_per_second


def plan(bubbles: Sequence[Bubble], pace: Pace, *, fan_text: str = "", is_caught: bool = False) -> list[int]:
    """Return the milliseconds before each bubble of a reply that arrived at once; their sum fits `hold_seconds`.

    With `is_caught` the first bubble is the character's reflex: nobody reads before they reach out.
    """
    if not pace.is_paced:
        return [0 for _ in bubbles]
    waits = [pace.pause_seconds + typing(bubble, pace) for bubble in bubbles]
    if waits:
        waits[0] = 0.0 if is_caught else reading(fan_text, pace) + typing(bubbles[0], pace)
    total = sum(waits)
    share = min(1.0, pace.hold_seconds / total) if total else 1.0
    return [int(wait * share * 1000) for wait in waits]


def split(lines: Iterable[Line], pace: Pace, *, so_far: int = 0) -> list[Bubble]:
    """Return the bubbles of a message: lists, quotes and tables together, long speech cut at sentence ends.

    `so_far` bubbles have been made already of what stood before.
    """
    made: list[list[Line]] = []
    for line in lines:
        if made and _belongs(line, made[-1][-1]):
            made[-1].append(line)
            continue
        room = pace.bubbles_most - so_far - len(made) - 1
        pieces = _pieces(line, room, pace.bubble_least * _HAN) if line.block == "say" and room > 0 else [line]
        made.extend([piece] for piece in pieces)
    return [tuple(bubble) for bubble in made]


def _belongs(line: Line, last: Line) -> bool:
    return line.block in ("item", "quote", "row") and line.block == last.block and bool(line.mark) == bool(last.mark)


def _pieces(line: Line, room: int, least: int) -> list[Line]:
    """Cut a line after sentences, `room` times at most, into pieces none of which is lighter than `least`."""
    pieces: list[list[Span]] = [[]]
    for span, is_end in _sentences(line):
        pieces[-1].append(span)
        if is_end and len(pieces) <= room and _weight(pieces[-1]) >= least:
            pieces.append([])
    if len(pieces) > 1 and _weight(pieces[-1]) < least:
        rest = pieces.pop()
        pieces[-1] += rest
    return [Line(trimmed(piece)) for piece in pieces]


def _weight(spans: Iterable[Span]) -> int:
    return sum(weight(span.text) for span in spans)


def _sentences(line: Line) -> Iterator[tuple[Span, bool]]:
    """Yield the spans of a line, speech in sentences, each with whether one may take a breath behind it."""
    depth, is_quoted = 0, False
    for span in line.spans:
        if span.kind != "speech":
            yield span, False
            continue
        begin, text = 0, span.text
        for mark in _SENTENCE.finditer(text):
            depth = max(0, depth + (mark["opens"] is not None) - (mark["shuts"] is not None))
            is_quoted = is_quoted != (mark["quote"] is not None)
            if depth == 0 and not is_quoted and mark.end() > begin and _ends(mark, text):
                yield Span("speech", text[begin : mark.end()]), True
                begin = mark.end()
        if begin < len(text):
            yield Span("speech", text[begin:]), False


def _ends(mark: re.Match[str], text: str) -> bool:
    """Whether a sentence ends behind this mark. Behind a closing quote only where a stop stands inside it."""
    end = mark.end()
    before, after = text[max(0, mark.start() - _LOOK) : mark.start()], text[end : end + 1]
    if mark["opens"] is not None or after in _SHUTS:
        return False
    if mark["han"] is not None:
        return after not in _STOPS
    if mark["dot"] is not None:
        return (not after or _NEXT.match(text, end) is not None) and not _SHORT.search(before)
    if mark["other"] is not None:
        return not after or _NEXT.match(text, end) is not None or ord(after) >= _WIDE
    return before[-1:] in _STOPS and _NEXT.match(text, end) is not None
