"""Shows evidence: the frozen texts of a case cut into plain and marked pieces. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from moderation.findings import Finding


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text; `findings` are those whose span covers it, none for plain text."""

    text: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class MarkedPart:
    """One text of the subject with its findings marked."""

    name: str
    pieces: tuple[Piece, ...]
    findings: tuple[Finding, ...]


def mark(text: str, findings: Sequence[Finding]) -> tuple[Piece, ...]:
    """Cut `text` at the borders of the findings' spans; spans outside the text are clipped."""
    size = len(text)
    spans = [(max(0, min(f.span[0], size)), max(0, min(f.span[1], size)), f) for f in findings]
    borders = sorted({0, size, *(border for start, end, _ in spans for border in (start, end))})
    pieces = []
    for start, end in zip(borders, borders[1:], strict=False):
        covering = tuple(f for first, last, f in spans if first <= start and end <= last)
        pieces.append(Piece(text[start:end], covering))
    return tuple(pieces)


def marked_parts(parts: Mapping[str, object], findings: Iterable[Finding]) -> list[MarkedPart]:
    """Return every text of the evidence with its marks, those with findings first."""
    by_part: dict[str, list[Finding]] = {}
    only = next(iter(parts)) if len(parts) == 1 else ""
    for finding in findings:
        by_part.setdefault(finding.part or only, []).append(finding)
    marked = [
        MarkedPart(name, mark(str(text), by_part.get(name, [])), tuple(by_part.get(name, ())))
        for name, text in parts.items()
    ]
    return sorted(marked, key=lambda part: not part.findings)
