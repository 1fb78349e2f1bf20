"""Putting things on sale and selling them."""

from __future__ import annotations

from dataclasses import replace

from django.db import transaction

from accounts.exceptions import AdultsOnly
from accounts.models import User
from billing import chart, entitlements, ledger, shares
from billing.exceptions import InsufficientCoins, OfferUnavailable, OwnOffer, PriceChanged
from billing.ledger import Leg, Posting
from billing.models import Entitlement, Kind, Offer, Transaction
from billing.models.offers import HIGHEST_PRICE_COINS
from billing.signals import entitlement_granted
from companion_site.core.exceptions import Invalid
from companion_site.core.models import new_public_id


def create_offer(seller: User | None, *, kind: str, title: str, price_coins: int) -> Offer:
    """Put something on sale; `seller` None is the house. Raise `Invalid` for a price out of range."""
    _check_price(price_coins)
    return Offer.objects.create(seller=seller, kind=Offer.Kind(kind), title=title, price_coins=price_coins)


def reprice_offer(offer: Offer, *, price_coins: int) -> Offer:
    """Change the price from now on. Whoever was shown the old one is asked again before paying."""
    _check_price(price_coins)
    offer.price_coins = price_coins
    offer.save(update_fields=["price_coins", "updated_at"])
    return offer


def rename_offer(offer: Offer, *, title: str) -> Offer:
    """Change the title from now on; statements keep the one it was bought under."""
    offer.title = title
    offer.save(update_fields=["title", "updated_at"])
    return offer


def set_on_sale(offer: Offer, *, is_active: bool) -> Offer:
    """Put the offer on the counter or take it away. Those who own it keep it."""
    offer.is_active = is_active
    offer.save(update_fields=["is_active", "updated_at"])
    return offer


def purchase(fan: User, offer: Offer, *, key: str, expected_price: int) -> Entitlement:
    """Sell `offer` to `fan` for the price they were shown, and grant the entitlement, in one transaction.

    Idempotent: the same `key` gives the same answer, and what is owned is returned without a debit.
    Raise `InsufficientCoins` (a denial remembered under the key), `PriceChanged`, `OfferUnavailable`,
    `OwnOffer`, `AdultsOnly` or `IdempotencyConflict`; then nothing has moved.
    """
    if not fan.is_adult:
        raise AdultsOnly
    if offer.seller_id == fan.pk:
        raise OwnOffer
    public_id = new_public_id()
    sale = Posting(
        kind=Kind.PURCHASE,
        actor=ledger.actor_of(fan),
        key=key,
        source_type="entitlement",
        source_id=str(public_id),
        request={"offer": str(offer.public_id), "expected_price": expected_price},
    )
    with transaction.atomic():
        answer = ledger.recall(sale)
        if answer is None:
            balances = ledger.lock(_accounts(fan, offer))
            # Only under the wallet's lock is this true of the other device's purchase, too.
            owned = entitlements.find(fan, offer)
            if owned is not None:
                return owned
            offer.refresh_from_db(fields=["price_coins", "is_active", "title", "kind"])
            _check_sale(offer, expected_price)
            answer = ledger.post(_with_legs(sale, fan, offer, balances))
            if answer.is_posted and answer.source_id == str(public_id):
                return _grant(fan, offer, answer)
    return _recalled(fan, offer, answer)


def _check_price(price_coins: int) -> None:
    if not 0 <= price_coins <= HIGHEST_PRICE_COINS:
        raise Invalid(field="price_coins")


def _accounts(fan: User, offer: Offer) -> list[chart.AccountRef]:
    refs = [chart.fan_bonus(fan.pk), chart.fan_paid(fan.pk)]
    if offer.seller_id is not None:
        refs.append(chart.creator_pending(offer.seller_id))
    return refs


def _check_sale(offer: Offer, expected_price: int) -> None:
    if not offer.is_active:
        raise OfferUnavailable
    if offer.price_coins != expected_price:
        raise PriceChanged(price_coins=offer.price_coins)


def _with_legs(sale: Posting, fan: User, offer: Offer, balances: dict[str, int]) -> Posting:
    bonus, paid = chart.fan_bonus(fan.pk), chart.fan_paid(fan.pk)
    price = offer.price_coins
    from_bonus = min(price, balances[bonus.key])
    share = shares.split(price) if offer.seller_id is not None else shares.Split(creator=0, platform=price)
    legs = [
        Leg(bonus, -from_bonus),
        Leg(chart.BONUS_SPENT, from_bonus),
        Leg(paid, from_bonus - price),
        Leg(chart.PROMO_EXPENSE, -from_bonus),
        Leg(chart.REVENUE, share.platform),
    ]
    if offer.seller_id is not None:
        legs.append(Leg(chart.creator_pending(offer.seller_id), share.creator))
    return replace(
        sale,
        legs=tuple(legs),
        details={
            "offer": str(offer.public_id),
            "offer_kind": offer.kind,
            "title": offer.title,
            "price_coins": price,
            "creator_percent": shares.CREATOR_SHARE_PERCENT if offer.seller_id is not None else 0,
        },
    )


def _grant(fan: User, offer: Offer, sale: Transaction) -> Entitlement:
    entitlement = Entitlement.objects.create(public_id=sale.source_id, user=fan, offer=offer, transaction=sale)
    transaction.on_commit(
        lambda: entitlement_granted.send_robust(sender=Entitlement, entitlement=entitlement), robust=True
    )
    return entitlement


def _recalled(fan: User, offer: Offer, answer: Transaction) -> Entitlement:
    if answer.is_posted:
        return Entitlement.objects.owned_by(fan).get(transaction=answer)
    raise InsufficientCoins(shortfall=answer.denial["shortfall"], price_coins=offer.price_coins)
