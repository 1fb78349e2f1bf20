"""Hidden storylines and their offers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext

from billing import services as billing
from billing.models import Offer
from characters.exceptions import DraftLocked
from characters.models import Character, Storyline
from companion_site.core.exceptions import Invalid

SCENE_FIELDS = ("title", "setup", "opening", "goal")
STORYLINES_A_CHARACTER = 12
STARTING_PRICE_COINS = 60


@transaction.atomic
def add_storyline(
    character: Character,
    *,
    title: str,
    price_coins: int,
    slug: str = "",
    **texts: Any,
) -> Storyline:
    """Add a hidden storyline to the draft and put it on sale; it is public from the next publication on.

    `texts` may hold `teaser`, `knowledge`, `scenes` and `free_first_scene`. Raises `DraftLocked` or `Invalid`.
    """
    locked = _editable(character)
    if locked.storylines.count() >= STORYLINES_A_CHARACTER:
        raise Invalid(field="title")
    offer = billing.create_offer(locked.owner, kind=Offer.Kind.STORYLINE, title=title[:120], price_coins=price_coins)
    return Storyline.objects.create(
        character=locked, slug=_free_slug(locked, slug or title), title=title, offer=offer, **_texts(texts)
    )


def start_storyline(character: Character) -> Storyline:
    """Add an empty storyline under a working title; it cannot be submitted before it is written."""
    return add_storyline(character, title=gettext("Untitled"), price_coins=STARTING_PRICE_COINS)


@transaction.atomic
def update_storyline(storyline: Storyline, *, title: str, price_coins: int, **texts: Any) -> Storyline:
    """Change a storyline of the draft. Words wait for the next publication, the price holds at once."""
    _editable(storyline.character)
    storyline.title = title
    for name, value in _texts(texts).items():
        setattr(storyline, name, value)
    storyline.save(update_fields=["title", "teaser", "knowledge", "scenes", "free_first_scene", "updated_at"])
    if storyline.offer.price_coins != price_coins:
        billing.reprice_offer(storyline.offer, price_coins=price_coins)
    return storyline


@transaction.atomic
def remove_storyline(storyline: Storyline) -> None:
    """Take a storyline out of the draft and off sale. Who owns it keeps it in the versions that have it."""
    _editable(storyline.character)
    billing.set_on_sale(storyline.offer, is_active=False)
    storyline.delete()


def _editable(character: Character) -> Character:
    locked = Character.objects.select_for_update(of=("self",)).select_related("owner").get(pk=character.pk)
    if not locked.is_editable:
        raise DraftLocked
    return locked


def _texts(texts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "teaser": str(texts.get("teaser", ""))[:300],
        "knowledge": str(texts.get("knowledge", "")),
        "scenes": _scenes(texts.get("scenes", [])),
        "free_first_scene": bool(texts.get("free_first_scene", False)),
    }


def _scenes(scenes: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    return [{name: str(scene.get(name, "")).strip() for name in SCENE_FIELDS} for scene in scenes]


def _free_slug(character: Character, wanted: str) -> str:
    base = slugify(wanted, allow_unicode=True)[:70].strip("-_") or "storyline"
    taken = set(character.storylines.values_list("slug", flat=True))
    slug, number = base, 2
    while slug in taken:
        slug, number = f"{base}-{number}", number + 1
    return slug
