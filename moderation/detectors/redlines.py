"""Red lines that hold for everyone: sexual content, violence, illegal instruction, hate, harassment."""

from __future__ import annotations

from moderation.findings import Category, Finding
from moderation.lexicon import Lexicon
from moderation.reading import Reading

CATEGORIES = frozenset(
    {Category.SEXUAL, Category.VIOLENCE, Category.ILLEGAL, Category.HATE, Category.HARASSMENT, Category.PRIVACY}
)


def detect(text: str | Reading, lexicon: Lexicon, *, side: str = "fan") -> list[Finding]:
    """Return the red lines `text` crosses when said by `side` (fan, character or card)."""
    return [
        hit.finding() for hit in lexicon.scan(text) if hit.rule.category in CATEGORIES and hit.rule.applies_to(side)
    ]
