from __future__ import annotations

import itertools
from datetime import timedelta

import time_machine
from django.utils import timezone

from billing import ledger
from billing.gateways import fake_till
from billing.gateways.base import GatewayEvent
from billing.gateways.fake_till import Card
from billing.models import FakeCheckout, FakeDelivery, Order, Transaction, WebhookEvent
from billing.services import inbox
from billing.tasks import process_webhook, reconcile_checkouts, sweep_webhooks

_numbers = itertools.count(1)


def arrive(order, event_type: str = "checkout.session.completed", checkout_id: str | None = None) -> WebhookEvent:
    pointer = order.checkout_id if checkout_id is None else checkout_id
    event = GatewayEvent(id=f"evt_{next(_numbers)}", type=event_type, checkout_id=pointer, body="{}")
    return inbox.receive(event)


def status_of(event: WebhookEvent) -> tuple[str, str]:
    event.refresh_from_db()
    return event.status, event.note


def test_the_event_of_a_paid_checkout_gives_the_coins(fan, order):
    fake_till.pay(order.checkout_id, Card.SUCCESS)
    event = arrive(order)

    process_webhook(event.pk)

    assert status_of(event) == ("done", "order is paid")
    assert ledger.balance(fan) == 320


def test_an_event_is_not_believed_but_looked_into(fan, order):
    event = arrive(order, "checkout.session.async_payment_succeeded")

    inbox.process(event.pk)

    assert status_of(event) == ("done", "order is open")
    assert ledger.balance(fan) == 0


def test_ten_events_about_one_checkout_give_coins_once(fan, order):
    fake_till.pay(order.checkout_id, Card.SUCCESS)
    events = [arrive(order) for _ in range(10)]

    for event in [*events, *events]:
        inbox.process(event.pk)

    assert ledger.balance(fan) == 320
    assert Transaction.objects.count() == 1
    assert set(WebhookEvent.objects.values_list("status", flat=True)) == {"done"}


def test_events_in_the_wrong_order_end_the_same(fan, order):
    fake_till.pay(order.checkout_id, Card.SUCCESS)
    late = arrive(order, "checkout.session.expired")
    early = arrive(order)

    inbox.process(early.pk)
    inbox.process(late.pk)

    order.refresh_from_db()
    assert (order.status, ledger.balance(fan)) == ("paid", 320)


def test_what_is_not_about_a_checkout_is_ignored(order):
    event = arrive(order, "charge.succeeded", checkout_id="")

    inbox.process(event.pk)

    assert status_of(event) == ("ignored", "not about a checkout")


def test_an_order_whose_checkout_id_was_lost_in_a_crash_is_found_by_reference(fan, order):
    fake_till.pay(order.checkout_id, Card.SUCCESS)
    event = arrive(order)
    Order.objects.filter(pk=order.pk).update(status="created", checkout_id=None)

    inbox.process(event.pk)

    order.refresh_from_db()
    assert (order.status, order.checkout_id, ledger.balance(fan)) == ("paid", event.checkout_id, 320)


def test_a_checkout_that_is_none_of_ours_is_ignored(fan, order):
    row = FakeCheckout.objects.get()
    row.params["reference"] = "of another shop"
    row.save()
    event = arrive(order)
    Order.objects.filter(pk=order.pk).update(checkout_id="cs_something_else")

    inbox.process(event.pk)

    assert status_of(event) == ("ignored", "no order of ours")
    assert ledger.balance(fan) == 0


def test_while_the_gateway_is_away_the_event_waits_longer_each_time(fan, order):
    fake_till.pay(order.checkout_id, Card.SUCCESS)
    FakeCheckout.objects.update(failing=2)
    event = arrive(order)

    with time_machine.travel(timezone.now(), tick=False) as clock:
        waits = []
        for _ in range(2):
            inbox.process(event.pk)
            event.refresh_from_db()
            waits.append((event.status, (event.due_at - timezone.now()).seconds))
            assert inbox.process(event.pk) is None
            clock.shift(event.due_at - timezone.now())
        assert inbox.sweep() == 1

    assert waits == [("received", 15), ("received", 30)]
    assert status_of(event)[0] == "done"
    assert ledger.balance(fan) == 320


def test_an_event_whose_worker_died_is_taken_over_when_its_lease_ends(fan, order):
    fake_till.pay(order.checkout_id, Card.SUCCESS)
    event = arrive(order)
    WebhookEvent.objects.update(status="claimed", attempts=1, due_at=timezone.now() + inbox.LEASE)

    too_early = inbox.sweep()
    with time_machine.travel(timezone.now() + inbox.LEASE + timedelta(seconds=1)):
        taken_over = sweep_webhooks()

    assert (too_early, taken_over) == (0, 1)
    assert status_of(event)[0] == "done"
    assert ledger.balance(fan) == 320


def test_the_periodic_task_reconciles(fan, order):
    fake_till.pay(order.checkout_id, Card.SUCCESS)
    FakeDelivery.objects.all().delete()

    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        moved = reconcile_checkouts()

    assert moved == 1
    assert ledger.balance(fan) == 320
