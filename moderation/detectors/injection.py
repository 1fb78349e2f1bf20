"""Prompt injection and prompt extraction, in messages and hidden in cards and lorebooks."""

from __future__ import annotations

from moderation.findings import Category, Finding
from moderation.lexicon import Lexicon
from moderation.reading import Reading


def detect(text: str | Reading, lexicon: Lexicon, *, side: str = "fan") -> list[Finding]:
    """Return attempts to give orders to the model, or to make it tell its instructions."""
    return [
        hit.finding()
        for hit in lexicon.scan(text)
        if hit.rule.category is Category.INJECTION and hit.rule.applies_to(side)
    ]
