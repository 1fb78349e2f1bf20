"""Turns the text of a message into safe HTML: speech in bubbles, actions soft, stage directions centred. Pure.

The same rules in `static/js/components/chat-bubbles.js` draw a reply while it is being spoken; a table of cases
that both read keeps them equal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Literal

Kind = Literal["speech", "action", "strong"]

# An action opens before a visible character and not inside a word or a sum, so `2*3*4` stays arithmetic. It closes
# behind a visible character; over a line's end only where the star also ends a line; and what a model left open
# when it ran out of words is an action to the end of its line.
_MARKS = re.compile(
    r"""
      \*\*(?=[^\s*])(?P<strong>[^*\n]*[^\s*])\*\*
    | (?<![A-Za-z0-9*])\*(?=[^\s*])(?:
          (?P<action>[^*\n]*[^\s*])\*(?!\*)
        | (?P<long>[^*]*[^\s*])\*(?=[ \t]*(?:\n|$))
        | (?P<open>[^*\n]+)(?=\n|$)
      )
    """,
    re.VERBOSE,
)
_PARAGRAPH = re.compile(r"\n[ \t]*\n")
# Not text: control characters, and the marks that reorder what stands beside them.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Span:
    """A run of one kind inside a line."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """One bubble, or one stage direction where nothing is said at all."""

    spans: tuple[Span, ...]

    @property
    def is_narration(self) -> bool:
        return all(span.kind == "action" for span in self.spans)


def parse(text: str) -> list[Line]:
    """Return the lines of a message in order, blank ones left out."""
    clean = _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return [line for part in _PARAGRAPH.split(clean) for line in _lines(_spans(part.strip()))]


def render(text: str, *, narrates: bool = True) -> str:
    """Return the message as HTML; nothing of `text` reaches it unescaped.

    Without `narrates` every line is a bubble: a fan's own gestures stay on the fan's side.
    """
    return "".join(_html(line, narrates=narrates) for line in parse(text))


def _spans(text: str) -> Iterable[Span]:
    end = 0
    for mark in _MARKS.finditer(text):
        if mark.start() > end:
            yield Span("speech", text[end : mark.start()])
        kind: Kind = "strong" if mark.lastgroup == "strong" else "action"
        yield Span(kind, mark[mark.lastgroup or 0])
        end = mark.end()
    if end < len(text):
        yield Span("speech", text[end:])


def _lines(spans: Iterable[Span]) -> list[Line]:
    rows: list[list[Span]] = [[]]
    for span in spans:
        for number, piece in enumerate(span.text.split("\n")):
            if number:
                rows.append([])
            rows[-1].append(Span(span.kind, piece))
    return [line for line in map(_line, rows) if line.spans]


def _line(row: list[Span]) -> Line:
    """Trim the ends of a line and drop what is left empty."""
    spans = [span for span in row if span.text]
    while spans and not spans[0].text.strip():
        del spans[0]
    while spans and not spans[-1].text.strip():
        del spans[-1]
    if spans:
        spans[0] = Span(spans[0].kind, spans[0].text.lstrip())
        spans[-1] = Span(spans[-1].kind, spans[-1].text.rstrip())
    if all(span.kind == "action" or not span.text.strip() for span in spans):
        spans = [Span("action", span.text) for span in spans]
    return Line(tuple(spans))


def _html(line: Line, *, narrates: bool) -> str:
    inner = "".join(_span_html(span) for span in line.spans)
    name = "narration" if narrates and line.is_narration else "bubble"
    return f'<p class="{name}" dir="auto">{inner}</p>'


def _span_html(span: Span) -> str:
    text = escape(span.text)
    if span.kind == "action":
        return f'<em class="action">{text}</em>'
    return f"<strong>{text}</strong>" if span.kind == "strong" else text
