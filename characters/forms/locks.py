"""The two plain inputs of a lock: the level it opens from, and its price."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.models.offers import HIGHEST_PRICE_COINS
from characters import keys
from characters.locks import Kind, Target, Wish, locks_of
from characters.models import Character
from characters.storylines import HIGHEST_AFFINITY


def level_field() -> forms.IntegerField:
    return forms.IntegerField(
        label=_("Opens from level"),
        min_value=0,
        max_value=HIGHEST_AFFINITY,
        required=False,
        help_text=_("0 or empty: from the first word on."),
    )


def price_field() -> forms.IntegerField:
    return forms.IntegerField(
        label=_("Price in coins"),
        min_value=0,
        max_value=HIGHEST_PRICE_COINS,
        required=False,
        help_text=_("0 or empty: no price. A new price holds from this moment on."),
    )


def wish(target: Target, level: int | None, price: int | None) -> Wish:
    """Return what two inputs ask for; empty is 0."""
    return Wish(target, price_coins=price or 0, affinity=level or 0)


def lock_initial(character: Character) -> dict[str, Any]:
    """Return the initial values of all lock inputs of the builder, `level_1` and `voice_price` for two."""
    card = character.draft
    found: dict[str, Any] = {}
    offers = keys.lock_offers(character.owner_id, card)
    for one in locks_of(card):
        if one.target.kind is Kind.ENTRY:
            continue
        offer = offers.get(one.lock.offer)
        names = ("voice_level", "voice_price")
        if one.target.kind is Kind.GREETING:
            names = (f"level_{one.target.index}", f"price_{one.target.index}")
        found |= dict(zip(names, (one.lock.affinity, offer.price_coins if offer is not None else 0), strict=True))
    return found
