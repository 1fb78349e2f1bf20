"""Buying coins: the order, the gateway's checkout, and the coins, granted once however the news arrives."""

from __future__ import annotations

import hashlib
import logging
from datetime import timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import ngettext

from accounts.exceptions import AdultsOnly
from accounts.models import User
from billing import chart, ledger, packs
from billing.exceptions import IdempotencyConflict, PaymentUnavailable
from billing.gateways import gateways
from billing.gateways.base import Checkout, CheckoutRequest, Payment
from billing.ledger import Leg, Posting
from billing.models import Kind, Order
from billing.signals import coins_topped_up
from companion_site.core.models import new_public_id

logger = logging.getLogger(__name__)

# The fan's own return page asks at once; the reconciler leaves it this long.
RECONCILE_AFTER = timedelta(minutes=5)
# A gateway's checkout lives for a day; after two nobody can pay it any more.
GIVE_UP_AFTER = timedelta(days=2)
# An order only moves to the right, whatever order the news comes in. Payment is taken from anywhere but the end.
_ORDER = [
    Order.Status.CREATED,
    Order.Status.OPEN,
    Order.Status.PROCESSING,
    Order.Status.EXPIRED,
    Order.Status.FAILED,
    *Order.FINAL,
]
_TARGETS = {
    Payment.PROCESSING: Order.Status.PROCESSING,
    Payment.EXPIRED: Order.Status.EXPIRED,
    Payment.FAILED: Order.Status.FAILED,
}


def start_checkout(user: User, pack_key: str, *, key: str, site: str, next_path: str = "") -> Order:
    """Order a coin pack and open its checkout; the fan is sent to `order.checkout_url`.

    Idempotent by `key`. `site` is the absolute address of the site root, `next_path` where the fan wants
    to go on afterwards. Raise `AdultsOnly`, `UnknownPack`, `IdempotencyConflict` or `PaymentUnavailable`
    (then the same key tries the same order again).
    """
    if not user.is_adult:
        raise AdultsOnly
    order = _place(user, packs.get(user, pack_key), key=key, site=site, next_path=next_path)
    return _open(order) if order.status == Order.Status.CREATED else order


def fulfil(order: Order) -> Order:
    """Ask the gateway how the order's checkout stands and act on it; return the order as it is then.

    Called by the webhook, the return page and the reconciler, in any order and at the same time: the coins
    are granted once. Raise `PaymentUnavailable` when the gateway cannot be asked.
    """
    if order.is_final:
        return order
    gateway = gateways["default"]
    if order.gateway != gateway.name:
        raise PaymentUnavailable
    if order.checkout_id is None:
        order = _open(order)
    return settle(order, gateway.retrieve_checkout(str(order.checkout_id)))


def settle(order: Order, checkout: Checkout) -> Order:
    """Move the order forward to where its checkout stands, and grant the coins with it. Never moves back."""
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order.pk)
        if order.is_final:
            return order
        order.checked_at = timezone.now()
        order.checkout_id = order.checkout_id or checkout.id
        target = _TARGETS.get(checkout.payment)
        if checkout.payment == Payment.PAID:
            _take_payment(order, checkout)
        elif target is not None and _ORDER.index(target) > _ORDER.index(Order.Status(order.status)):
            order.status = target
        order.save(
            update_fields=[
                "checked_at",
                "checkout_id",
                "status",
                "quarantine_reason",
                "transaction",
                "paid_at",
                "updated_at",
            ]
        )
    return order


def reconcile(*, limit: int = 100) -> int:
    """Ask after orders nobody has told us about for a while, longest unasked first; return how many moved on."""
    gateway = gateways["default"]
    due = Order.objects.filter(
        gateway=gateway.name, status__in=Order.WAITING, checked_at__lt=timezone.now() - RECONCILE_AFTER
    )
    moved = 0
    for order in list(due.order_by("checked_at")[:limit]):
        before = order.status
        try:
            moved += fulfil(order).status != before
        except PaymentUnavailable:
            _put_off(order)
    return moved


def _place(user: User, pack: packs.Pack, *, key: str, site: str, next_path: str) -> Order:
    gateway = gateways["default"]
    digest = hashlib.sha256(pack.key.encode()).hexdigest()
    public_id = new_public_id()
    with translation.override(user.language):
        title = ngettext("%(coins)d Cardia coin", "%(coins)d Cardia coins", pack.coins) % {"coins": pack.coins}
    order = Order(
        public_id=public_id,
        user=user,
        key=key,
        digest=digest,
        pack=pack.key,
        coins_paid=pack.coins_paid,
        coins_bonus=pack.coins_bonus,
        amount_minor=pack.amount_minor,
        currency=pack.currency,
        gateway=gateway.name,
        livemode=gateway.livemode,
        gateway_key=f"checkout:{public_id}",
        title=title,
        locale=user.language,
        site=site.rstrip("/"),
        next_path=next_path,
    )
    # Committed before the gateway hears of it: after a crash the same row asks with the same key.
    with transaction.atomic(durable=True):
        Order.objects.bulk_create([order], ignore_conflicts=True)
        placed = Order.objects.get(user=user, key=key)
    if placed.digest != digest:
        raise IdempotencyConflict
    return placed


def _open(order: Order) -> Order:
    back = order.site + reverse("billing:checkout-return", args=[order.public_id])
    checkout = gateways["default"].create_checkout(
        CheckoutRequest(
            reference=str(order.public_id),
            title=order.title,
            amount_minor=order.amount_minor,
            currency=order.currency,
            locale=order.locale,
            return_url=back,
            cancel_url=back,
        ),
        key=order.gateway_key,
    )
    Order.objects.filter(pk=order.pk, status=Order.Status.CREATED).update(
        status=Order.Status.OPEN, checkout_id=checkout.id, checkout_url=checkout.url
    )
    order.refresh_from_db()
    return order


def _take_payment(order: Order, checkout: Checkout) -> None:
    reason = _mismatch(order, checkout)
    if reason:
        logger.error("order %s quarantined: %s", order.public_id, reason)
        order.status, order.quarantine_reason = Order.Status.QUARANTINED, reason
        return
    order.transaction = ledger.post(_top_up(order))
    order.status, order.paid_at = Order.Status.PAID, timezone.now()
    transaction.on_commit(lambda: coins_topped_up.send_robust(sender=Order, order=order), robust=True)


def _mismatch(order: Order, checkout: Checkout) -> str:
    """Say in which fact the gateway and our order disagree, nothing where they agree."""
    ours = (order.checkout_id, str(order.public_id), order.amount_minor, order.currency, order.livemode)
    theirs = (checkout.id, checkout.reference, checkout.amount_minor, checkout.currency, checkout.livemode)
    names = ("checkout", "reference", "amount", "currency", "livemode")
    odd = [f"{name}: ordered {a}, paid {b}" for name, a, b in zip(names, ours, theirs, strict=True) if a != b]
    return "; ".join(odd)[:300]


def _top_up(order: Order) -> Posting:
    return Posting(
        kind=Kind.TOP_UP,
        actor=f"gateway:{order.gateway}",
        key=f"order:{order.public_id}",
        source_type="order",
        source_id=str(order.public_id),
        legs=(
            Leg(chart.PAID_ISSUED, -order.coins_paid),
            Leg(chart.fan_paid(order.user_id), order.coins_paid),
            Leg(chart.BONUS_ISSUED, -order.coins_bonus),
            Leg(chart.fan_bonus(order.user_id), order.coins_bonus),
            Leg(chart.clearing(order.gateway, order.currency), order.amount_minor),
            Leg(chart.coin_sales(order.currency), -order.amount_minor),
        ),
        details={
            "pack": order.pack,
            "coins_paid": order.coins_paid,
            "coins_bonus": order.coins_bonus,
            "amount_minor": order.amount_minor,
            "currency": order.currency,
        },
    )


def _put_off(order: Order) -> None:
    now = timezone.now()
    waiting = Order.objects.filter(pk=order.pk, status__in=Order.WAITING)
    waiting.update(checked_at=now)
    # Without a checkout the fan never saw a page to pay on; with one we ask until we are told.
    if order.created_at < now - GIVE_UP_AFTER:
        waiting.filter(checkout_id=None).update(status=Order.Status.EXPIRED)
