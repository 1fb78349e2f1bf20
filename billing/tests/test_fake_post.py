"""The test gateway's webhooks, over real HTTP, through the signature check, into the wallet."""

from __future__ import annotations

import json

import pytest
import time_machine
from django.utils import timezone

from billing import ledger, services
from billing.gateways import fake_post, fake_till
from billing.gateways.fake_till import Card
from billing.models import FakeDelivery, Transaction, WebhookEvent
from billing.services import inbox
from billing.tasks import deliver_fake_webhooks, sweep_webhooks
from companion_site.core.models import OutboxTask


@pytest.fixture
def paid_order(live_server, fan):
    """Order a lantern on the live server and pay, with the mischief given."""

    def pay(card: Card = Card.SUCCESS, mischief: tuple[str, ...] = ()):
        order = services.start_checkout(fan, "lantern", key="first-order", site=live_server.url)
        fake_till.pay(order.checkout_id, card, mischief=mischief)
        return order

    return pay


def types() -> list[str]:
    return [json.loads(row.payload)["type"] for row in FakeDelivery.objects.order_by("id")]


def test_a_payment_is_told_by_signed_webhooks_and_becomes_coins(paid_order, fan):
    order = paid_order()

    delivered = deliver_fake_webhooks()
    inbox.sweep()

    order.refresh_from_db()
    assert delivered == 2
    assert (order.status, ledger.balance(fan)) == ("paid", 320)
    assert set(WebhookEvent.objects.values_list("type", "status")) == {
        ("charge.succeeded", "ignored"),
        ("checkout.session.completed", "done"),
    }
    assert "billing.deliver_fake_webhooks" in OutboxTask.objects.values_list("name", flat=True)


def test_events_are_delivered_once_when_all_is_well(paid_order):
    paid_order()
    fake_post.deliver_due()

    assert fake_post.deliver_due() == 0
    assert WebhookEvent.objects.count() == 2


def test_duplicates_arrive_and_change_nothing(paid_order, fan):
    paid_order(mischief=("duplicate", "reorder"))
    order_of_events = types()

    delivered = fake_post.deliver_due()
    inbox.sweep()

    assert order_of_events == ["checkout.session.completed", "charge.succeeded"] * 3
    assert delivered == 6
    assert WebhookEvent.objects.count() == 2
    assert Transaction.objects.count() == 1
    assert ledger.balance(fan) == 320


def test_dropped_events_never_come(paid_order):
    paid_order(mischief=("drop",))

    assert FakeDelivery.objects.count() == 0


def test_delayed_events_come_late(paid_order, fan):
    paid_order(mischief=("delay",))

    too_early = fake_post.deliver_due()
    FakeDelivery.objects.update(due_at=timezone.now())
    sweep_webhooks()

    assert too_early == 0
    assert ledger.balance(fan) == 320


def test_while_the_gateway_answers_with_errors_the_event_waits(paid_order, fan):
    paid_order(mischief=("error",))
    fake_post.deliver_due()

    for _ in range(3):
        WebhookEvent.objects.update(due_at=timezone.now())
        inbox.sweep()

    assert ledger.balance(fan) == 320


def test_what_we_do_not_accept_comes_again_later(paid_order, settings):
    paid_order()
    settings.SECRET_KEY = "another secret key, so that our side expects another signature"
    FakeDelivery.objects.update(url=FakeDelivery.objects.values_list("url", flat=True)[0].replace("/webhooks/", "/no/"))

    refused = fake_post.deliver_due()
    again_at_once = fake_post.deliver_due()

    row = FakeDelivery.objects.first()
    assert (refused, again_at_once) == (0, 0)
    assert (row.last_status, row.attempts, row.delivered_at) == (404, 1, None)


def test_an_endpoint_that_is_down_is_tried_again(order):
    fake_till.pay(order.checkout_id, Card.SUCCESS)
    FakeDelivery.objects.update(url="http://127.0.0.1:9/webhooks/payments/")

    with time_machine.travel(timezone.now(), tick=False) as clock:
        fake_post.deliver_due()
        pause = FakeDelivery.objects.first().due_at - timezone.now()
        clock.shift(pause)
        fake_post.deliver_due()

    assert set(FakeDelivery.objects.values_list("attempts", "last_status")) == {(2, None)}
    assert pause.seconds == 5
