"""What a turn starts from, as plain values: no row, no queries. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from characters.cards.book import LoreBook
from characters.cards.cardia import CardiaFields
from characters.cards.examples import Exchange
from characters.cards.schema import CharacterCard
from moderation.profiles import CharacterProfile


@dataclass(frozen=True, slots=True)
class Line:
    """One past message. `role` is fan or character; `depth` its place in the branch, 0 for the greeting."""

    role: str
    text: str
    mood: Mapping[str, Any] = field(default_factory=dict)
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Fragment:
    """One remembered fact. `vector` is a unit vector of its text, or empty."""

    id: int
    kind: str
    text: str
    keywords: tuple[str, ...]
    told_at: datetime
    language: str = "zh-Hans"
    due_on: date | None = None
    recalled_at: datetime | None = None
    vector: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Knowledge:
    """A hidden storyline this fan has unlocked: what the character may now speak of."""

    title: str
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A frozen card, read once and kept: every access to `CharacterCard` parses again. Compared by identity.

    `emotions` is the feeling of each exchange's fan line, `lore` the lorebook, `key` names the version.
    """

    key: str
    card: CharacterCard
    ours: CardiaFields
    lore: LoreBook
    exchanges: tuple[Exchange, ...]
    emotions: tuple[str, ...]
    profile: CharacterProfile

    @property
    def char(self) -> str:
        return self.card.char

    @property
    def language(self) -> str:
        return self.profile.language

    @property
    def is_chinese(self) -> bool:
        return self.language.lower().startswith("zh")


@dataclass(frozen=True, slots=True)
class Cast:
    """Who speaks with whom, and in which scene."""

    sheet: Sheet
    fan_name: str
    fan_description: str = ""
    scene: str = "story"
