"""The smallest things a money story needs."""

from __future__ import annotations

import itertools

from accounts.models import User
from billing import chart, ledger, services
from billing.ledger import Leg, Posting
from billing.models import Entitlement, Kind, Offer, Transaction

_count = itertools.count(1)


def make_offer(seller: User | None, *, price_coins: int = 60, title: str = "Listening to Snow") -> Offer:
    return services.create_offer(seller, kind=Offer.Kind.STORYLINE, title=title, price_coins=price_coins)


def give_bonus(user: User, coins: int) -> Transaction:
    return services.grant_coins(user, coins, reason="welcome", key=f"factory-{next(_count)}")


def give_paid(user: User, coins: int) -> Transaction:
    """Paid coins without an order: booked as a reversal, which no invariant ties to anything else."""
    number = next(_count)
    return ledger.post(
        Posting(
            kind=Kind.REVERSAL,
            actor="factory",
            key=f"paid-{number}",
            source_type="factory",
            source_id=str(number),
            legs=(Leg(chart.PAID_ISSUED, -coins), Leg(chart.fan_paid(user.pk), coins)),
            details={"title": "factory"},
        )
    )


def entitle(user: User, offer: Offer) -> Entitlement:
    """Let `user` own `offer` the honest way: give them its price and buy it."""
    if offer.price_coins:
        give_bonus(user, offer.price_coins)
    key = f"factory-{next(_count)}"
    return services.purchase(user, offer, key=key, expected_price=offer.price_coins)
