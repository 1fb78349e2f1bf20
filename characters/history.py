"""A character's versions as its creator reads them: what each one changed, and any two side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.cache import cache
from django.core.paginator import Page, Paginator
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from characters import changes
from characters.changes import Told
from characters.models import Character, CharacterVersion
from characters.services.versions import diff_versions, draft_of, versions_of

PAGE_SIZE = 20
DRAFT = "draft"
_WEEK_SECONDS = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Past:
    """One version with what it changed, in one line."""

    version: CharacterVersion
    words: str
    is_published: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two states side by side. `before` and `after` are version numbers or "draft"; `total` counts all changes."""

    before: str
    after: str
    changes: list[Told]
    total: int

    @property
    def more(self) -> int:
        return self.total - len(self.changes)


def history(character: Character, page: str | int | None = 1) -> tuple[Page[CharacterVersion], list[Past]]:
    """Return a page of the versions, the newest first, each with its line."""
    found = Paginator(versions_of(character), PAGE_SIZE).get_page(page)
    return found, told(character, list(found))


def told(character: Character, shown: Sequence[CharacterVersion]) -> list[Past]:
    """Return these versions, each with its line; one query more, however many they are."""
    # Each is told against the one before it, and that of the last one shown is on the next page.
    numbers = [version.number - 1 for version in shown]
    before = {version.number: version for version in versions_of(character).filter(number__in=numbers)}
    return [
        Past(version, words_of(version, before.get(version.number - 1)), version.pk == character.published_id)
        for version in shown
    ]


def words_of(version: CharacterVersion, before: CharacterVersion | None) -> str:
    """Return in one line what a version changed. Kept, for neither of the two ever changes."""
    if before is None:
        return _("The beginning.")
    key = f"version-words:{version.public_id}:{get_language()}"
    words: str = cache.get_or_set(  # type: ignore[assignment]
        key, lambda: changes.summary(diff_versions(before, version)), _WEEK_SECONDS
    )
    return words


def state_of(character: Character, name: str) -> CharacterVersion | None:
    """Return the version of this number, or the draft by its name."""
    if name == DRAFT:
        return draft_of(character)
    return versions_of(character).filter(number=int(name)).first() if name.isdecimal() and len(name) < 9 else None


def compare(character: Character, before: str, after: str) -> Comparison | None:
    """Return two states side by side; None where one of them does not exist."""
    old, new = state_of(character, before), state_of(character, after)
    if old is None or new is None:
        return None
    found = diff_versions(old, new)
    return Comparison(before, after, changes.tell_all(found), len(found))
