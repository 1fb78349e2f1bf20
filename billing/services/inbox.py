"""The webhook inbox: store once, answer at once, work later. Nothing in an event is believed but its pointer."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from billing.exceptions import PaymentUnavailable
from billing.gateways import gateways
from billing.gateways.base import Checkout, GatewayEvent
from billing.models import Order, WebhookEvent
from billing.services import checkouts
from companion_site.core import outbox

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
ATTEMPTS = 5
FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(hours=1)
# As long as the vendor itself goes on trying.
GIVE_UP_AFTER = timedelta(days=3)

_Status = WebhookEvent.Status


def receive(event: GatewayEvent) -> WebhookEvent:
    """Store a verified event and promise its processing; a duplicate is stored once and promised once."""
    with transaction.atomic():
        row, is_new = WebhookEvent.objects.get_or_create(
            gateway=gateways["default"].name,
            event_id=event.id,
            defaults={"type": event.type, "checkout_id": event.checkout_id, "body": event.body},
        )
        if is_new:
            outbox.promise("billing.process_webhook", row.pk)
    return row


def process(pk: int) -> WebhookEvent | None:
    """Work on one event; None when it is done, not yet due or in somebody else's hands. May run twice."""
    event = _claim(pk)
    if event is None:
        return None
    if not event.checkout_id:
        return _close(event, _Status.IGNORED, "not about a checkout")
    try:
        found = _look(event)
    except PaymentUnavailable:
        return _postpone(event)
    if found is None:
        return _close(event, _Status.IGNORED, "no order of ours")
    order, checkout = found
    with transaction.atomic():
        if checkout is not None:
            order = checkouts.settle(order, checkout)
        return _close(event, _Status.DONE, f"order is {order.status}")


def sweep(*, limit: int = 200) -> int:
    """Process every event that is due: postponed, lost with its worker, or never picked up."""
    due = WebhookEvent.objects.filter(status__in=[_Status.RECEIVED, _Status.CLAIMED], due_at__lte=timezone.now())
    keys = list(due.order_by("due_at").values_list("pk", flat=True)[:limit])
    return sum(process(pk) is not None for pk in keys)


def _claim(pk: int) -> WebhookEvent | None:
    now = timezone.now()
    due = WebhookEvent.objects.filter(pk=pk, status__in=[_Status.RECEIVED, _Status.CLAIMED], due_at__lte=now)
    if due.filter(attempts__gte=ATTEMPTS).update(status=_Status.DEAD, note="its worker died every time"):
        logger.error("webhook event %s given up after %s attempts", pk, ATTEMPTS)
        return None
    # `due_at` of a claimed event is the end of its lease: whoever finds it past due may take over.
    if not due.update(status=_Status.CLAIMED, due_at=now + LEASE, attempts=F("attempts") + 1):
        return None
    return WebhookEvent.objects.get(pk=pk)


def _look(event: WebhookEvent) -> tuple[Order, Checkout | None] | None:
    """Return the event's order and its checkout, fetched anew (None where the order is past asking)."""
    order = Order.objects.filter(checkout_id=event.checkout_id).first()
    if order is not None and order.is_final:
        return order, None
    checkout = gateways["default"].retrieve_checkout(event.checkout_id)
    if order is None:
        # We may have died between the gateway's answer and writing it down; its reference leads back.
        order = Order.objects.by_reference(checkout.reference).filter(checkout_id=None).first()
    return (order, checkout) if order is not None else None


def _close(event: WebhookEvent, status: WebhookEvent.Status, note: str) -> WebhookEvent:
    event.status, event.note = status, note
    event.save(update_fields=["status", "note"])
    return event


def _postpone(event: WebhookEvent) -> WebhookEvent:
    now = timezone.now()
    if event.received_at < now - GIVE_UP_AFTER:
        logger.error("webhook event %s given up: the gateway never answered", event.pk)
        return _close(event, _Status.DEAD, "the gateway never answered")
    pause = min(FIRST_PAUSE * 2 ** min(event.postponed, 10), LONGEST_PAUSE)
    event.status, event.note, event.due_at = _Status.RECEIVED, "the gateway did not answer", now + pause
    event.attempts, event.postponed = 0, event.postponed + 1
    event.save(update_fields=["status", "note", "due_at", "attempts", "postponed"])
    return event
