"""What a crash, a lost webhook or late news left behind is mended, and nothing moves back."""

from __future__ import annotations

from datetime import timedelta

import time_machine
from django.utils import timezone

from billing import ledger, services
from billing.gateways import fake_till
from billing.gateways.base import Checkout, Payment
from billing.gateways.fake_till import Card
from billing.models import FakeCheckout, Order


def test_a_bank_debit_gives_coins_only_when_the_bank_has_paid(fan, order):
    fake_till.pay(order.checkout_id, Card.BANK_DEBIT)
    waiting = services.fulfil(order)
    before = ledger.balance(fan)

    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        fake_till.settle_bank_debits()
        paid = services.fulfil(waiting)

    assert (waiting.status, before) == ("processing", 0)
    assert (paid.status, ledger.balance(fan)) == ("paid", 320)


def test_a_refused_bank_debit_gives_nothing(fan, order):
    fake_till.pay(order.checkout_id, Card.BANK_REFUSED)
    waiting = services.fulfil(order)

    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        fake_till.settle_bank_debits()
        failed = services.fulfil(waiting)

    assert (failed.status, ledger.balance(fan)) == ("failed", 0)


def test_news_that_comes_late_does_not_move_an_order_back(order):
    fake_till.expire(order.checkout_id)
    expired = services.fulfil(order)
    stale = Checkout(
        id=order.checkout_id,
        url="",
        payment=Payment.PROCESSING,
        reference=str(order.public_id),
        amount_minor=2800,
        currency="cny",
        livemode=False,
    )

    assert services.settle(expired, stale).status == "expired"


def test_money_that_comes_late_is_still_taken_and_answered_with_coins(fan, order):
    Order.objects.filter(pk=order.pk).update(status="expired")
    fake_till.pay(order.checkout_id, Card.SUCCESS)

    order.refresh_from_db()

    assert services.fulfil(order).status == "paid"
    assert ledger.balance(fan) == 320


def test_a_crash_between_order_and_gateway_is_mended_with_the_same_key(fan, order):
    Order.objects.filter(pk=order.pk).update(status="created", checkout_id=None, checkout_url="")
    fake_till.pay(order.checkout_id, Card.SUCCESS)
    order.refresh_from_db()

    paid = services.fulfil(order)

    assert paid.status == "paid"
    assert FakeCheckout.objects.count() == 1
    assert ledger.balance(fan) == 320


def test_the_reconciler_finds_what_no_webhook_told(fan, order):
    fake_till.pay(order.checkout_id, Card.SUCCESS)

    at_once = services.reconcile()
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        later = services.reconcile()

    assert (at_once, later) == (0, 1)
    assert ledger.balance(fan) == 320


def test_the_reconciler_lets_an_unpaid_checkout_expire(fan, order):
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        services.reconcile()

    order.refresh_from_db()
    assert order.status == "expired"


def test_the_reconciler_asks_again_later_when_the_gateway_is_away(order):
    FakeCheckout.objects.update(failing=1)

    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        assert services.reconcile() == 0

    order.refresh_from_db()
    assert order.status == "open"
    assert order.checked_at > timezone.now() + timedelta(minutes=5)


def test_an_order_that_never_had_a_checkout_is_given_up_after_two_days(order, settings):
    Order.objects.filter(pk=order.pk).update(status="created", checkout_id=None, title="something else")

    with time_machine.travel(timezone.now() + timedelta(days=3)):
        services.reconcile()

    order.refresh_from_db()
    assert order.status == "expired"
