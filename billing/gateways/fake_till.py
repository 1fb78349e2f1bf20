"""The payer's side of the test gateway: what happens behind its "Pay" button and at its bank."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.utils import timezone

from billing.gateways.base import Payment
from billing.gateways.fake import FAILURES, Mischief, payment_of
from billing.models import FakeCheckout, FakeDelivery
from companion_site.core import outbox

BANK_TAKES = timedelta(seconds=20)
DELAY = timedelta(seconds=30)
COPIES = 3


class Card(StrEnum):
    """Test cards. The numbers do what the same numbers do at the vendor this one imitates."""

    SUCCESS = "4242424242424242"
    SECURE = "4000002760003184"  # the bank wants a confirmation (3-D Secure)
    DECLINED = "4000000000000002"
    NO_FUNDS = "4000000000009995"
    BANK_DEBIT = "bank"  # accepted now, paid a little later
    BANK_REFUSED = "bank-refused"  # accepted now, refused a little later


@dataclass(frozen=True, slots=True)
class Step:
    """What the payer sees next: a refusal, the bank's question, or neither when it is done."""

    needs_confirmation: bool = False
    refusal: str = ""


_REFUSALS = {Card.DECLINED: "card_declined", Card.NO_FUNDS: "no_funds"}


def pay(checkout_id: str, card: Card, *, mischief: Iterable[str] = ()) -> Step:
    """Take the card. Paying what is already paid, or has expired, changes nothing."""
    with transaction.atomic():
        row = _open_row(checkout_id)
        if row is None:
            return Step()
        row.mischief = sorted({*row.mischief, *(Mischief(word) for word in mischief)})
        row.failing = FAILURES if Mischief.ERROR in row.mischief else 0
        row.card = card
        row.save(update_fields=["mischief", "failing", "card"])
        if card in _REFUSALS:
            return Step(refusal=_REFUSALS[card])
        if card == Card.SECURE:
            return Step(needs_confirmation=True)
        is_debit = card in {Card.BANK_DEBIT, Card.BANK_REFUSED}
        _complete(row, FakeCheckout.Payment.PROCESSING if is_debit else FakeCheckout.Payment.PAID)
    return Step()


def confirm(checkout_id: str, *, is_approved: bool) -> Step:
    """Give the bank the payer's answer for a payment begun with `Card.SECURE`."""
    with transaction.atomic():
        row = _open_row(checkout_id)
        if row is None:
            return Step()
        if not is_approved or row.card != Card.SECURE:
            return Step(refusal="not_confirmed")
        _complete(row, FakeCheckout.Payment.PAID)
    return Step()


def expire(checkout_id: str) -> None:
    """Close a checkout that nobody will pay any more."""
    with transaction.atomic():
        row = _open_row(checkout_id)
        if row is not None:
            row.status = FakeCheckout.Status.EXPIRED
            row.save(update_fields=["status"])
            _owe(row, "checkout.session.expired")


def settle_bank_debits() -> None:
    """Let the bank answer for the debits it accepted a while ago."""
    accepted = FakeCheckout.objects.filter(
        payment=FakeCheckout.Payment.PROCESSING, completed_at__lte=timezone.now() - BANK_TAKES
    )
    for pk in list(accepted.values_list("pk", flat=True)):
        with transaction.atomic():
            row = FakeCheckout.objects.select_for_update().get(pk=pk)
            if row.payment != FakeCheckout.Payment.PROCESSING:
                continue
            is_paid = row.card == Card.BANK_DEBIT
            row.payment = FakeCheckout.Payment.PAID if is_paid else FakeCheckout.Payment.FAILED
            row.save(update_fields=["payment"])
            _owe(row, f"checkout.session.async_payment_{'succeeded' if is_paid else 'failed'}")


def _open_row(checkout_id: str) -> FakeCheckout | None:
    row = FakeCheckout.objects.select_for_update().filter(checkout_id=checkout_id).first()
    return row if row is not None and payment_of(row) == Payment.WAITING else None


def _complete(row: FakeCheckout, payment: FakeCheckout.Payment) -> None:
    row.status, row.payment, row.completed_at = FakeCheckout.Status.COMPLETE, payment, timezone.now()
    row.save(update_fields=["status", "payment", "completed_at"])
    is_paid = payment == FakeCheckout.Payment.PAID
    _owe(row, *(["charge.succeeded"] if is_paid else []), "checkout.session.completed")


def _owe(row: FakeCheckout, *types: str) -> None:
    if Mischief.DROP in row.mischief:
        return
    in_order = types[::-1] if Mischief.REORDER in row.mischief else types
    due_at = timezone.now() + (DELAY if Mischief.DELAY in row.mischief else timedelta())
    events = [_event(row, event_type) for event_type in in_order]
    FakeDelivery.objects.bulk_create(
        FakeDelivery(url=row.params["webhook_url"], event_id=event["id"], payload=json.dumps(event), due_at=due_at)
        for event in events * (COPIES if Mischief.DUPLICATE in row.mischief else 1)
    )
    outbox.promise("billing.deliver_fake_webhooks")


def _event(row: FakeCheckout, event_type: str) -> dict[str, Any]:
    session = {
        "id": row.checkout_id,
        "object": "checkout.session",
        "amount_total": row.amount_minor,
        "currency": row.currency,
        "client_reference_id": row.params["reference"],
        "livemode": False,
        "status": row.status,
        "payment_status": "paid" if row.payment == FakeCheckout.Payment.PAID else "unpaid",
    }
    charge = {"id": f"ch_{secrets.token_hex(12)}", "object": "charge", "amount": row.amount_minor, "paid": True}
    return {
        "id": f"evt_{secrets.token_hex(12)}",
        "object": "event",
        "created": int(time.time()),
        "livemode": False,
        "type": event_type,
        "data": {"object": charge if event_type.startswith("charge.") else session},
    }
