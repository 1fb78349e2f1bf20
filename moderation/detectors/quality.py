"""Preachiness (爹味): a lonely person at midnight needs to be seen, not advised. Never blocks; steers a rewrite."""

from __future__ import annotations

from moderation.findings import Category, Finding
from moderation.lexicon import Lexicon
from moderation.reading import Reading


def detect(text: str | Reading, lexicon: Lexicon) -> list[Finding]:
    """Return the phrases in which a reply lectures, generalises or hands out a to-do list."""
    return [hit.finding() for hit in lexicon.scan(text) if hit.rule.category is Category.QUALITY]


def score(findings: list[Finding]) -> float:
    """Return how preachy a text is, 0 to 1."""
    kept = 1.0
    for finding in findings:
        if finding.category is Category.QUALITY:
            kept *= 1 - finding.score
    return round(1 - kept, 4)
