"""Reads the small part of Markdown that models write into lines of spans: text and kinds, never markup. Pure.

No Markdown library, for three reasons. A single star is an action here and not emphasis: it may begin behind a Han
character, run over lines, or stay open where a model ran out of words. A reply is drawn while it streams, so the
browser needs the same reader, and there is no build step to bring it one. And what cannot be said cannot leak: there
is no HTML, no address to click and no picture to fetch among the kinds, so nothing has to be taken out afterwards.
`static/js/components/chat-markup.js` is its twin; a table of cases that both read keeps them equal. Every pattern
stops at the mark or line end that could begin it anew, so the time grows with the text and not with its square.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal["speech", "action", "strong", "strike", "code", "away"]
Block = Literal["say", "item", "quote", "row", "code", "rule"]

# Not text: control characters, byte order marks, and the marks that reorder what stands beside them.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
_LINE_ENDS = re.compile("\r\n?|\u2028|\u2029")
# An action opens before a visible character and not inside a word or a sum, so `2*3*4` stays arithmetic. It closes
# behind a visible character; over a line's end only where the star also ends a line; and what a model left open
# when it ran out of words is an action to the end of its line. Underscores and tildes need an edge on both sides:
# `>_<` is a face and `好呀~~` is a voice.
_MARKS = re.compile(
    r"""
      \\(?P<escaped>[*`~\[\]\#>])
    | (?P<ticks>`{1,2})(?P<code>[^`\n]+)(?P=ticks)(?!`)
    | (?P<bang>!?)\[(?P<label>[^\[\]\n]*)\]\((?P<url>(?:[^()\s]|\([^()\s]*\))*)(?:[ \t]+"[^"\n]*")?\)
    | \*\*\*(?=[^\s*])(?P<both>[^*\n]*[^\s*])\*\*\*
    | \*\*(?=[^\s*])(?P<strong>[^*\n]*[^\s*])\*\*
    | (?<![A-Za-z0-9*])\*(?=[^\s*])(?:
          (?P<action>[^*\n]*[^\s*])\*(?!\*)
        | (?P<long>[^*]*[^\s*])\*(?=[ \t]*(?:\n|$))
        | (?P<open>[^*\n]+)(?=\n|$)
      )
    | (?<![^\s“"'(（「『])__(?=[^\s_])(?P<heavy>[^_\n]*[^\s_])__(?![^\s”"')）」』.,!?;:。，！？；：…]|[.:][A-Za-z0-9])
    | (?<![^\s“"'(（「『])_(?=[^\s_])(?P<soft>[^_\n]*[^\s_])_(?![^\s”"')）」』.,!?;:。，！？；：…]|[.:][A-Za-z0-9])
    | (?<![^\s“"'(（「『])~~(?=[^\s~])(?P<strike>[^~\n]*[^\s~])~~(?![^\s”"')）」』.,!?;:。，！？；：…]|[.:][A-Za-z0-9])
    """,
    re.VERBOSE,
)
_KINDS: dict[str, Kind] = {
    "escaped": "speech",
    "code": "code",
    "both": "strong",
    "strong": "strong",
    "heavy": "strong",
    "action": "action",
    "long": "action",
    "open": "action",
    "soft": "action",
    "strike": "strike",
}
_HOST = re.compile(r"https?://(?:[^/?#]*@)?([^/?#:@\s]+)", re.IGNORECASE)

_FENCE = re.compile(r" {0,3}(`{3,})[^`]*$")
_RULE = re.compile(r"[ \t]*(?:-{3,}|\*{3,}|_{3,})[ \t]*$")
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(\S.*)$")
_ITEM = re.compile(r"[ \t]*(?:[-*•]|([0-9]{1,3})[.)])[ \t]+(\S.*)$")
_QUOTE = re.compile(r" {0,3}>{1,3}[ \t]+([^\s<_].*)$")
_ROW = re.compile(r"[ \t]*\|(.*)\|[ \t]*$")
_RULED = re.compile(r"[|: \t-]*$")


@dataclass(frozen=True, slots=True)
class Span:
    """A run of one kind inside a line. `away` is what a link or a picture is called."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """What stands on a line of its own. `mark` is the number of an item, empty for a bullet."""

    spans: tuple[Span, ...]
    block: Block = "say"
    mark: str = ""

    @property
    def is_narration(self) -> bool:
        """Whether nothing is said at all."""
        return self.block == "say" and all(span.kind == "action" for span in self.spans)

    @property
    def text(self) -> str:
        """The words without their marks."""
        return "".join(span.text for span in self.spans)


def parse(text: str) -> list[Line]:
    """Return the lines of a message in order, blank ones left out."""
    clean = _UNSEEN.sub("", _LINE_ENDS.sub("\n", text))
    return list(_blocks(clean.split("\n")))


def _blocks(rows: list[str]) -> Iterator[Line]:
    for is_fenced, part in _parts(rows):
        if not is_fenced:
            yield from _unfenced(part)
        elif text := "\n".join(part).strip("\n"):
            yield Line((Span("code", text),), "code")


def _parts(rows: list[str]) -> Iterator[tuple[bool, list[str]]]:
    """Divide the rows at fences; one that never closes runs to the end."""
    part: list[str] = []
    fence = ""
    for row in rows:
        words = row.strip()
        if fence and words.startswith(fence) and not words.strip("`"):
            yield True, part
            part, fence = [], ""
        elif not fence and (opened := _FENCE.match(row)):
            yield False, part
            part, fence = [], opened[1]
        else:
            part.append(row)
    yield bool(fence), part


def _unfenced(rows: list[str]) -> Iterator[Line]:
    """Read the rows one by one; what is no block of its own is a paragraph, in which an action may run over rows."""
    paragraph: list[str] = []
    last = ""
    for row in rows:
        line = _block(row, last)
        last = line.block if line is not None else ""
        if line is None and row.strip():
            paragraph.append(_closed(row))
            continue
        yield from _paragraph(paragraph)
        paragraph = []
        if line is not None and (line.spans or line.block == "rule"):
            yield line
    yield from _paragraph(paragraph)


def _block(row: str, last: str) -> Line | None:
    """Return the line of a row that is more than speech."""
    if _RULE.match(row):
        return Line((), "rule")
    if found := _HEADING.match(row):
        spans = tuple(replace(span, kind="strong") if span.kind == "speech" else span for span in _row(found[1]).spans)
        return Line(spans)
    if (found := _ITEM.match(row)) and _closed(row) == row:
        return replace(_row(found[2]), block="item", mark=found[1] or "")
    if (found := _QUOTE.match(row)) and not row.rstrip().endswith("<"):
        return replace(_row(found[1]), block="quote")
    if last == "quote" and row.strip() == ">":
        return Line((), "quote")
    if found := _ROW.match(row):
        cells = [] if _RULED.match(row) else [cell.strip() for cell in found[1].split("|")]
        return replace(_row(" · ".join(cell for cell in cells if cell)), block="row")
    return None


def _closed(row: str) -> str:
    """Return `* nods *`, as small models write an action, without its inner spaces; any other row as it is."""
    words = row.strip()
    if words.startswith("* ") and words.endswith("*") and words.count("*") == 2 and words[1:-1].strip():
        return f"*{words[1:-1].strip()}*"
    return row


def _paragraph(rows: list[str]) -> Iterator[Line]:
    yield from _lines(_spans("\n".join(rows).strip()))


def _row(text: str) -> Line:
    return next(_lines(_spans(text.strip())), Line(()))


def _spans(text: str) -> Iterator[Span]:
    end = 0
    for mark in _MARKS.finditer(text):
        if mark.start() > end:
            yield Span("speech", text[end : mark.start()])
        end = mark.end()
        name = mark.lastgroup or ""
        yield Span(_KINDS[name], mark[name]) if name in _KINDS else Span("away", _away(mark))
    if end < len(text):
        yield Span("speech", text[end:])


def _away(mark: re.Match[str]) -> str:
    """Say where a link would lead, by its host; a picture is what it is called. Neither is ever fetched."""
    label, host = mark["label"].strip(), _HOST.match(mark["url"])
    if mark["bang"] or host is None:
        return label
    name = host[1].lower()
    return f"{label} ({name})" if label and label != name else name


def _lines(spans: Iterable[Span]) -> Iterator[Line]:
    rows: list[list[Span]] = [[]]
    for span in spans:
        for number, piece in enumerate(span.text.split("\n")):
            if number:
                rows.append([])
            rows[-1].append(Span(span.kind, piece))
    yield from (Line(spans) for spans in map(trimmed, rows) if spans)


def trimmed(row: Iterable[Span]) -> tuple[Span, ...]:
    """Trim the ends of a line, join what belongs together and drop what is left empty."""
    spans: list[Span] = []
    for span in row:
        if spans and span.kind == "speech" == spans[-1].kind:
            spans[-1] = Span("speech", spans[-1].text + span.text)
        elif span.text:
            spans.append(span)
    while spans and not spans[0].text.strip():
        del spans[0]
    while spans and not spans[-1].text.strip():
        del spans[-1]
    if spans:
        spans[0] = Span(spans[0].kind, spans[0].text.lstrip())
        spans[-1] = Span(spans[-1].kind, spans[-1].text.rstrip())
    if all(span.kind == "action" or not span.text.strip() for span in spans):
        spans = [Span("action", span.text) for span in spans]
    return tuple(spans)
