"""Who owns what. The one question every locked door asks; it must not know what is behind the door."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from billing.exceptions import NotEntitled
from billing.models import Entitlement, Offer


def find(user: User | AnonymousUser, offer: Offer) -> Entitlement | None:
    """Return the user's live entitlement to the offer, None where there is none."""
    return Entitlement.objects.owned_by(user).live().filter(offer=offer).first()


def has(user: User | AnonymousUser, offer: Offer) -> bool:
    """Whether the user owns what stands behind the offer."""
    return Entitlement.objects.owned_by(user).live().filter(offer=offer).exists()


def require(user: User | AnonymousUser, offer: Offer) -> Entitlement:
    """Return the user's entitlement; raise `NotEntitled` (with the offer to unlock) where there is none."""
    found = find(user, offer)
    if found is None:
        raise NotEntitled(offer=str(offer.public_id), price_coins=offer.price_coins)
    return found


def owned_offer_ids(user: User | AnonymousUser) -> set[int]:
    """Return the primary keys of all offers the user owns, in one query."""
    return set(Entitlement.objects.owned_by(user).live().values_list("offer_id", flat=True))
