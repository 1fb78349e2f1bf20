"""Measures the detectors on labelled rows, per source and never pooled. Knows no database and prints no row.

Rows are JSON objects with `text` (or `reply` and `profile`), `label` and `source`, as the evaluation
folders hold them; see docs/reference/detectors.md for what each figure means.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from moderation import guard
from moderation.detectors import ooc, quality
from moderation.findings import Category, Severity
from moderation.profiles import CharacterProfile

Row = dict[str, object]
Scorer = Callable[[Row], float]
FLAG_AT = 0.5


@dataclass(slots=True)
class Figures:
    """What was measured on the rows of one source (and type)."""

    task: str
    source: str
    scores: list[tuple[int, float]] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, label: int, score: float, seconds: float) -> None:
        self.scores.append((label, score))
        self.seconds += seconds

    @property
    def positives(self) -> int:
        return sum(label for label, _ in self.scores)

    @property
    def recall(self) -> float | None:
        """Share of the positive rows that are flagged, None without any."""
        return _share(score >= FLAG_AT for label, score in self.scores if label)

    @property
    def false_positives(self) -> float | None:
        """Share of the negative rows that are flagged, None without any."""
        return _share(score >= FLAG_AT for label, score in self.scores if not label)

    @property
    def auroc(self) -> float | None:
        return auroc(self.scores)

    @property
    def rows_per_second(self) -> float:
        return len(self.scores) / self.seconds if self.seconds else 0.0


def auroc(scores: Iterable[tuple[int, float]]) -> float | None:
    """Return the chance that a positive row scores above a negative one (ties half), None without both."""
    ordered = sorted(scores, key=lambda pair: pair[1])
    ranks: list[float] = [0.0] * len(ordered)
    start = 0
    while start < len(ordered):
        end = start
        while end < len(ordered) and ordered[end][1] == ordered[start][1]:
            end += 1
        ranks[start:end] = [(start + end + 1) / 2] * (end - start)
        start = end
    positives = sum(label for label, _ in ordered)
    negatives = len(ordered) - positives
    if not positives or not negatives:
        return None
    total = sum(rank for rank, (label, _) in zip(ranks, ordered, strict=True) if label)
    return (total - positives * (positives + 1) / 2) / (positives * negatives)


def safety_score(row: Row) -> float:
    """Return 1.0 where a message crosses a red line or tells of wanting to die."""
    harmless = {Category.INJECTION, Category.CONTACT, Category.OOC, Category.QUALITY}
    found = guard.inspect(str(row["text"]), side="fan")
    return float(any(f.severity >= Severity.MEDIUM and f.category not in harmless for f in found))


def injection_score(row: Row) -> float:
    found = guard.inspect(str(row["text"]), side="fan")
    return float(any(f.severity >= Severity.MEDIUM and f.category is Category.INJECTION for f in found))


def ooc_score(row: Row) -> float:
    language = "zh-Hans" if row.get("lang") == "zh" else "en"
    profile = CharacterProfile(name=str(row.get("character", "")), language=language)
    return ooc.score(guard.inspect(str(row["reply"]), side="character", profile=profile))


def refusal_score(row: Row) -> float:
    found = guard.inspect(str(row["text"]), side="character")
    return max((f.score for f in found if f.reason in {"refusal", "ai_disclosure"}), default=0.0)


def preachy_score(row: Row) -> float:
    return quality.score(guard.inspect(str(row["text"]), side="character"))


TASKS: tuple[tuple[str, str, Scorer], ...] = (
    ("safety_zh", "subtype", safety_score),
    ("safety_en", "subtype", safety_score),
    ("xstest", "", safety_score),
    ("jailbreak", "type", injection_score),
    ("ooc_zh", "ooc_type", ooc_score),
    ("ooc_en", "ooc_type", ooc_score),
    ("refusal_en", "", refusal_score),
    ("preachy", "lang", preachy_score),
)


def measure(folder: Path, *, limit: int | None = None) -> Iterator[Figures]:
    """Yield the figures of every task whose file is in `folder`, by source and type."""
    for task, kind, scorer in TASKS:
        path = folder / f"{task}.jsonl"
        if not path.exists():
            continue
        groups: dict[str, Figures] = {}
        for row in _rows(path, limit):
            source = _group(row, kind)
            figures = groups.setdefault(source, Figures(task, source))
            begun = time.perf_counter()
            score = scorer(row)
            figures.add(int(str(row["label"])), score, time.perf_counter() - begun)
        yield from groups.values()


def _group(row: Row, kind: str) -> str:
    source = str(row["source"]).split(" + ")[0]
    source = source.split(" ")[0] if kind == "subtype" else source
    word = str(row.get(kind) or "").split(":")[0] if kind else ""
    if kind == "subtype" and source != "authored":
        word = ""  # hundreds of small classes
    return f"{source} · {word}" if word else source


def _rows(path: Path, limit: int | None) -> Iterator[Row]:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if limit is not None and number >= limit:
                return
            yield json.loads(line)


def _share(values: Iterable[bool]) -> float | None:
    known = list(values)
    return sum(known) / len(known) if known else None
