"""Here a dead event is the point: I-21 is broken on purpose, seen, and mended before the books are checked."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from billing.gateways.base import GatewayEvent
from billing.invariants import INVARIANTS
from billing.models import FakeCheckout, WebhookEvent
from billing.services import inbox


@pytest.fixture(autouse=True)
def _mended(_the_books_are_true):
    yield
    broken = [invariant.id for invariant in INVARIANTS if invariant.breaches()]
    WebhookEvent.objects.filter(status="dead").update(status="ignored")
    assert broken == ["I-21"]


@pytest.fixture
def event(order):
    pointer = order.checkout_id
    return inbox.receive(GatewayEvent(id="evt_1", type="checkout.session.completed", checkout_id=pointer, body="{}"))


def test_an_event_that_kills_its_workers_is_given_up_and_reported(event, caplog):
    WebhookEvent.objects.update(status="claimed", attempts=5)

    assert inbox.process(event.pk) is None

    event.refresh_from_db()
    assert (event.status, event.note) == ("dead", "its worker died every time")
    assert "given up" in caplog.text


def test_an_event_is_given_up_when_the_gateway_never_answers(event, caplog):
    FakeCheckout.objects.update(failing=1)

    with time_machine.travel(timezone.now() + timedelta(days=4)):
        inbox.process(event.pk)

    event.refresh_from_db()
    assert (event.status, event.note) == ("dead", "the gateway never answered")
    assert "given up" in caplog.text
