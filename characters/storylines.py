"""Who may know what of a hidden storyline. Nothing else in the app hands out knowledge or scenes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from billing.entitlements import owned_offer_ids
from billing.models import Offer
from characters.models import Character, CharacterVersion, Storyline


@dataclass(frozen=True, slots=True)
class Scene:
    title: str
    setup: str
    opening: str
    goal: str


@dataclass(frozen=True, slots=True)
class Unlocked:
    """A storyline somebody may know. `is_trial`: only the free first scene, without its knowledge."""

    public_id: str
    slug: str
    title: str
    teaser: str
    knowledge: str
    scenes: tuple[Scene, ...]
    is_trial: bool = False


@dataclass(frozen=True, slots=True)
class Teaser:
    """What everybody may see of a storyline, with its price."""

    public_id: str
    slug: str
    title: str
    teaser: str
    scenes_count: int
    free_first_scene: bool
    offer: Offer
    is_owned: bool = False


def freeze(character: Character) -> list[dict[str, Any]]:
    """Return the character's storylines as a version keeps them."""
    return [_frozen(storyline) for storyline in character.storylines.all()]


def _frozen(storyline: Storyline) -> dict[str, Any]:
    return {
        "public_id": str(storyline.public_id),
        "offer_id": storyline.offer_id,
        "slug": storyline.slug,
        "title": storyline.title,
        "teaser": storyline.teaser,
        "knowledge": storyline.knowledge,
        "scenes": storyline.scenes,
        "free_first_scene": storyline.free_first_scene,
    }


def unlocked(version: CharacterVersion, user: User | AnonymousUser) -> list[Unlocked]:
    """Return the storylines of `version` that `user` may know, in their order.

    The creator knows all, a fan those whose offer they own and the free first scene of others. An unsaved
    version stands for the draft in a rehearsal: its storylines are read as they are now.
    """
    rows = version.storylines if version.pk is not None else freeze(version.character)
    if not rows:
        return []
    if version.character.owner_id == user.pk:
        return [_unlocked(row) for row in rows]
    owned = owned_offer_ids(user)
    found = [
        _unlocked(row) if row["offer_id"] in owned else _trial(row)
        for row in rows
        if row["offer_id"] in owned or row.get("free_first_scene")
    ]
    return [storyline for storyline in found if storyline.scenes or storyline.knowledge]


def _unlocked(row: dict[str, Any]) -> Unlocked:
    scenes = tuple(_scene(scene) for scene in row["scenes"])
    return Unlocked(row["public_id"], row["slug"], row["title"], row["teaser"], row["knowledge"], scenes)


def _trial(row: dict[str, Any]) -> Unlocked:
    scenes = tuple(_scene(scene) for scene in row["scenes"][:1])
    return Unlocked(row["public_id"], row["slug"], row["title"], row["teaser"], "", scenes, is_trial=True)


def _scene(row: dict[str, Any]) -> Scene:
    return Scene(*(str(row.get(name, "")) for name in ("title", "setup", "opening", "goal")))


def teasers(version: CharacterVersion, user: User | AnonymousUser | None = None) -> list[Teaser]:
    """Return what anybody may see of the version's storylines; `is_owned` is told for `user`."""
    rows = version.storylines if version.pk is not None else freeze(version.character)
    if not rows:
        return []
    offers = Offer.objects.in_bulk([row["offer_id"] for row in rows])
    owned = owned_offer_ids(user) if user is not None else set()
    is_mine = user is not None and version.character.owner_id == user.pk
    return [
        Teaser(
            public_id=row["public_id"],
            slug=row["slug"],
            title=row["title"],
            teaser=row["teaser"],
            scenes_count=len(row["scenes"]),
            free_first_scene=bool(row.get("free_first_scene")),
            offer=offers[row["offer_id"]],
            is_owned=is_mine or row["offer_id"] in owned,
        )
        for row in rows
    ]
