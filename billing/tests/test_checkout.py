from __future__ import annotations

import pytest

from accounts.exceptions import AdultsOnly
from billing import chart, ledger, services
from billing.exceptions import IdempotencyConflict, PaymentUnavailable, UnknownPack
from billing.gateways import fake_till, gateways
from billing.gateways.base import Checkout, Payment
from billing.gateways.fake_till import Card
from billing.ledger import Wallet
from billing.models import FakeCheckout, Order, Transaction
from billing.services import checkouts
from billing.signals import coins_topped_up

SITE = "http://testserver/"


def test_an_order_remembers_what_was_agreed_and_opens_a_checkout(fan, order):
    assert (order.coins_paid, order.coins_bonus, order.amount_minor, order.currency) == (300, 20, 2800, "cny")
    assert (order.status, order.gateway, order.livemode) == ("open", "fake", False)
    assert order.gateway_key == f"checkout:{order.public_id}"
    assert order.checkout_url == f"http://testserver/pay/fake/{order.checkout_id}/"
    assert ledger.balance(fan) == 0


def test_the_region_decides_the_currency(fan):
    fan.region = "US"

    order = services.start_checkout(fan, "lantern", key="first-order", site=SITE)

    assert (order.amount_minor, order.currency) == (399, "usd")


def test_the_same_key_gives_the_same_order_and_the_same_checkout(fan, order):
    again = services.start_checkout(fan, "lantern", key="first-order", site=SITE)

    assert again == order
    assert FakeCheckout.objects.count() == 1


def test_a_key_used_for_another_pack_is_a_conflict(fan, order):
    with pytest.raises(IdempotencyConflict):
        services.start_checkout(fan, "spark", key="first-order", site=SITE)

    assert Order.objects.get() == order


def test_an_unknown_pack_is_refused(fan):
    with pytest.raises(UnknownPack):
        services.start_checkout(fan, "moon", key="first-order", site=SITE)

    assert Order.objects.count() == 0


def test_only_adults_buy_coins(fan):
    fan.birth_on = None

    with pytest.raises(AdultsOnly):
        services.start_checkout(fan, "spark", key="first-order", site=SITE)

    assert Order.objects.count() == 0


def test_a_paid_order_gives_coins_and_books_the_money(fan, order):
    fake_till.pay(order.checkout_id, Card.SUCCESS)

    paid = services.fulfil(order)

    assert (paid.status, paid.transaction.kind) == ("paid", "top_up")
    assert ledger.wallet(fan) == Wallet(paid=300, bonus=20)
    assert ledger.total(chart.clearing("fake", "cny")) == 2800
    assert ledger.total(chart.coin_sales("cny")) == -2800


def test_fulfilling_again_gives_nothing_more(fan, order):
    fake_till.pay(order.checkout_id, Card.SUCCESS)
    paid = services.fulfil(order)

    again = services.fulfil(order)
    settled = services.settle(order, gateways["default"].retrieve_checkout(order.checkout_id))

    assert again == settled == paid
    assert ledger.balance(fan) == 320
    assert Transaction.objects.count() == 1


def test_a_top_up_is_announced_after_the_commit(order, django_capture_on_commit_callbacks):
    heard = []

    def listen(sender, order, **kwargs):
        heard.append(order.coins)

    coins_topped_up.connect(listen)
    fake_till.pay(order.checkout_id, Card.SUCCESS)

    with django_capture_on_commit_callbacks(execute=True):
        services.fulfil(order)

    assert heard == [320]
    coins_topped_up.disconnect(listen)


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        ("amount_minor", 1),
        ("currency", "usd"),
        ("livemode", True),
        ("reference", "somebody else's"),
        ("id", "cs_other"),
    ],
)
def test_a_payment_that_does_not_match_the_order_is_quarantined(fan, order, caplog, fact, value):
    true = {
        "id": order.checkout_id,
        "url": "",
        "payment": Payment.PAID,
        "reference": str(order.public_id),
        "amount_minor": 2800,
        "currency": "cny",
        "livemode": False,
    }

    settled = services.settle(order, Checkout(**{**true, fact: value}))

    assert settled.status == "quarantined"
    assert {"amount_minor": "amount", "id": "checkout"}.get(fact, fact) in settled.quarantine_reason
    assert "quarantined" in caplog.text
    assert ledger.balance(fan) == 0
    assert Transaction.objects.count() == 0


def test_a_quarantined_order_stays_there_until_a_person_looks(fan, order):
    Order.objects.filter(pk=order.pk).update(status="quarantined")
    fake_till.pay(order.checkout_id, Card.SUCCESS)
    order.refresh_from_db()

    assert services.fulfil(order).status == "quarantined"
    assert ledger.balance(fan) == 0


@pytest.mark.parametrize("card", [Card.DECLINED, Card.NO_FUNDS, Card.SECURE])
def test_a_card_that_did_not_pay_gives_nothing(fan, order, card):
    fake_till.pay(order.checkout_id, card)

    assert services.fulfil(order).status == "open"
    assert ledger.balance(fan) == 0


def test_an_order_of_another_gateway_cannot_be_asked_after(order):
    order.gateway = "stripe"

    with pytest.raises(PaymentUnavailable):
        checkouts.fulfil(order)


def test_nobody_else_finds_the_order(order, stranger):
    assert list(Order.objects.owned_by(stranger)) == []
    assert list(Order.objects.by_reference("no id at all")) == []
    assert order.is_waiting
