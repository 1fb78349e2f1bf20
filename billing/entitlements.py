"""Who owns what. The one question every locked door asks; it must not know what is behind the door."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from accounts.models import User
from billing.exceptions import NotEntitled
from billing.models import Entitlement, Offer
from companion_site.core.prepared import Prepared

_OWNED = Prepared(lambda user: Entitlement.objects.filter(user=user).live().values_list("offer_id"))
_FREE = Prepared(lambda seller: Offer.objects.filter(seller=seller, price_coins=0).values_list("pk"))


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
    return {row[0] for row in _OWNED.rows(user=user.pk)} if isinstance(user, User) else set()


def free_offer_ids(seller_id: int) -> set[int]:
    """Return the primary keys of the seller's offers that cost nothing now, in one query."""
    return {row[0] for row in _FREE.rows(seller=seller_id)}


def open_offers(user: User | AnonymousUser, offers: Collection[UUID], *, seller_id: int) -> frozenset[str]:
    """Return the public ids of those offers of this seller that the user owns or that cost nothing now."""
    sold = Offer.objects.filter(public_id__in=offers, seller_id=seller_id)
    is_free = Q(price_coins=0, is_active=True)
    owned = Entitlement.objects.owned_by(user).live().values("offer_id")
    return frozenset(str(found) for found in sold.filter(is_free | Q(pk__in=owned)).values_list("public_id", flat=True))
