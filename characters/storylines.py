"""Who may know what of a hidden storyline. Nothing else in the app hands out knowledge, scenes or its lorebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from billing.entitlements import free_offer_ids, owned_offer_ids
from billing.models import Offer
from characters.cards.limits import JsonObject
from characters.models import Character, CharacterVersion, Storyline
from characters.plot import Scene

# The levels of the chat go from 1 to this; a lock at level 0 is none.
HIGHEST_AFFINITY = 8
Row = dict[str, Any]


class Lock(StrEnum):
    """What may stand before a storyline. Every lock that is set must open."""

    PRICE = "price"
    AFFINITY = "affinity"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Unlocked:
    """A storyline somebody may know. `is_trial`: only the free first scene, without knowledge, ways on and lorebook."""

    public_id: str
    slug: str
    title: str
    teaser: str
    knowledge: str
    scenes: tuple[Scene, ...]
    lorebook: JsonObject = field(default_factory=dict)
    is_trial: bool = False


@dataclass(frozen=True, slots=True)
class Teaser:
    """What everybody may see of a storyline, with its locks.

    `affinity` is the level it opens at (0 for any), `after` the title of the storyline that must be open before,
    `missing` the locks still closed to the reader. `is_owned` says only that it is paid for.
    """

    public_id: str
    slug: str
    title: str
    teaser: str
    scenes_count: int
    free_first_scene: bool
    offer: Offer
    is_owned: bool = False
    affinity: int = 0
    after: str = ""
    missing: tuple[Lock, ...] = ()

    @property
    def is_open(self) -> bool:
        return not self.missing

    @property
    def needs_coins(self) -> bool:
        return Lock.PRICE in self.missing

    @property
    def needs_level(self) -> bool:
        return Lock.AFFINITY in self.missing

    @property
    def needs_story(self) -> bool:
        return Lock.AFTER in self.missing


def freeze(character: Character) -> list[Row]:
    """Return the character's storylines as a version keeps them."""
    return [_frozen(storyline) for storyline in character.storylines.select_related("prerequisite")]


def _frozen(storyline: Storyline) -> Row:
    before = storyline.prerequisite
    return {
        "public_id": str(storyline.public_id),
        "offer_id": storyline.offer_id,
        "slug": storyline.slug,
        "title": storyline.title,
        "teaser": storyline.teaser,
        "knowledge": storyline.knowledge,
        "scenes": storyline.scenes,
        "lorebook": storyline.lorebook,
        "affinity": storyline.affinity,
        "prerequisite": str(before.public_id) if before is not None else "",
        "free_first_scene": storyline.free_first_scene,
    }


def rows_of(version: CharacterVersion) -> list[Row]:
    """Return a version's storylines. An unsaved version stands for the draft: they are read as they are now."""
    frozen: list[Row] = version.storylines
    return frozen if version.pk is not None else freeze(version.character)


def unlocked(version: CharacterVersion, user: User | AnonymousUser, *, affinity: int = 0) -> list[Unlocked]:
    """Return the storylines of `version` that `user` may know, in their order.

    The creator knows all; a fan those with every lock open (`affinity` is the level the two have reached), and
    the free first scene of those that lack nothing but the price.
    """
    rows = rows_of(version)
    if not rows:
        return []
    locks = _Locks.of(version, rows, user, affinity)
    found = [_open(row, locks.missing(row)) for row in rows]
    return [story for story in found if story is not None and (story.scenes or story.knowledge or story.lorebook)]


def _open(row: Row, missing: tuple[Lock, ...]) -> Unlocked | None:
    known = (row["public_id"], row["slug"], row["title"], row["teaser"])
    if not missing:
        scenes = tuple(Scene.of(scene) for scene in row["scenes"])
        return Unlocked(*known, row["knowledge"], scenes, row.get("lorebook") or {})
    if missing == (Lock.PRICE,) and row.get("free_first_scene"):
        # Ways on and endings name what comes after: they stay behind the price.
        first = tuple(Scene(s.title, s.setup, s.opening, s.goal) for s in map(Scene.of, row["scenes"][:1]))
        return Unlocked(*known, "", first, is_trial=True)
    return None


def teasers(version: CharacterVersion, user: User | AnonymousUser | None = None, *, affinity: int = 0) -> list[Teaser]:
    """Return what anybody may see of the version's storylines; what is owned and missing is told for `user`."""
    rows = rows_of(version)
    if not rows:
        return []
    offers = Offer.objects.in_bulk([row["offer_id"] for row in rows])
    locks = _Locks.of(version, rows, user or AnonymousUser(), affinity, offers=offers)
    return [
        Teaser(
            public_id=row["public_id"],
            slug=row["slug"],
            title=row["title"],
            teaser=row["teaser"],
            scenes_count=len(row["scenes"]),
            free_first_scene=bool(row.get("free_first_scene")),
            offer=offers[row["offer_id"]],
            is_owned=locks.is_creator or row["offer_id"] in locks.owned,
            affinity=row.get("affinity") or 0,
            after=locks.titles.get(row.get("prerequisite") or "", ""),
            missing=locks.missing(row),
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class _Locks:
    """What one reader brings to the locks of a version's storylines."""

    rows: Mapping[str, Row]
    owned: set[int]
    gifts: set[int]
    affinity: int
    is_creator: bool

    @classmethod
    def of(
        cls,
        version: CharacterVersion,
        rows: Sequence[Row],
        user: User | AnonymousUser,
        affinity: int,
        *,
        offers: Mapping[int, Offer] | None = None,
    ) -> _Locks:
        is_creator = version.character.owner_id == user.pk
        owned = set() if is_creator else owned_offer_ids(user)
        asked = {row["offer_id"] for row in rows} - owned
        if is_creator:
            gifts = set()
        elif offers is not None:
            gifts = {pk for pk, offer in offers.items() if not offer.price_coins}
        else:  # the price of today counts, not that of the day the version was frozen
            gifts = free_offer_ids(version.character.owner_id) & asked
        return cls({row["public_id"]: row for row in rows}, owned, gifts, affinity, is_creator)

    @property
    def titles(self) -> dict[str, str]:
        return {public_id: row["title"] for public_id, row in self.rows.items()}

    def missing(self, row: Row, *, seen: tuple[str, ...] = ()) -> tuple[Lock, ...]:
        """Return the closed locks of `row`; should its prerequisites go in a circle, they stay closed."""
        if self.is_creator:
            return ()
        before = self.rows.get(row.get("prerequisite") or "")
        seen = (*seen, row["public_id"])
        found = []
        if row["offer_id"] not in self.owned and row["offer_id"] not in self.gifts:
            found.append(Lock.PRICE)
        if self.affinity < (row.get("affinity") or 0):
            found.append(Lock.AFFINITY)
        if before is not None and (before["public_id"] in seen or self.missing(before, seen=seen)):
            found.append(Lock.AFTER)
        return tuple(found)
