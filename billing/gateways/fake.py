"""A payment vendor in a drawer: what a fresh checkout of the project pays with.

It stands for somebody else's system: it keeps its own rows, shows its own page (`billing.views.fake`), takes
test cards (`fake_till`), obeys idempotency keys, sends signed webhooks over real HTTP (`fake_post`), and
misbehaves on demand.
"""

from __future__ import annotations

import hmac
import logging
import secrets
from collections.abc import Iterable
from dataclasses import asdict
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from billing.exceptions import PaymentUnavailable
from billing.gateways import signatures
from billing.gateways.base import Checkout, CheckoutRequest, GatewayEvent, Payment
from billing.models import FakeCheckout

logger = logging.getLogger(__name__)

LIFETIME = timedelta(hours=24)
FAILURES = 2


class Mischief(StrEnum):
    """Ways to misbehave, each of which a real vendor has shown to somebody."""

    DUPLICATE = "duplicate"  # every event arrives three times
    REORDER = "reorder"  # the last event comes first
    DELAY = "delay"  # events leave half a minute late
    DROP = "drop"  # no event arrives at all
    ERROR = "error"  # the next questions are answered with a 500


class FakeGateway:
    """The test gateway. `webhook_url` says where events go; `misbehave` names mischief for every checkout."""

    name = "fake"
    livemode = False

    def __init__(self, *, webhook_url: str = "", misbehave: Iterable[str] = ()) -> None:
        self.webhook_url = webhook_url
        self.misbehave = sorted({Mischief(word) for word in misbehave})
        self.webhook_secret = webhook_secret()

    def create_checkout(self, request: CheckoutRequest, *, key: str) -> Checkout:
        params = asdict(request)
        # durable: refuses to run inside a caller's transaction, where a network call would be a mistake.
        with transaction.atomic(durable=True):
            row, _ = FakeCheckout.objects.get_or_create(
                idempotency_key=key,
                defaults={
                    "checkout_id": f"cs_test_{secrets.token_hex(24)}",
                    "params": {**params, "webhook_url": self._webhook_url(request)},
                    "mischief": self.misbehave,
                    "failing": FAILURES if Mischief.ERROR in self.misbehave else 0,
                    "amount_minor": request.amount_minor,
                    "currency": request.currency,
                },
            )
        if {**params, "webhook_url": row.params["webhook_url"]} != row.params:
            logger.error("fake gateway: idempotency key %s was used with other parameters", key)
            raise PaymentUnavailable
        return _checkout(row)

    def retrieve_checkout(self, checkout_id: str) -> Checkout:
        with transaction.atomic(durable=True):
            is_failing = FakeCheckout.objects.filter(checkout_id=checkout_id, failing__gt=0)
            failed = is_failing.update(failing=F("failing") - 1)
            row = FakeCheckout.objects.filter(checkout_id=checkout_id).first()
        if failed or row is None:
            raise PaymentUnavailable
        return _checkout(row)

    def read_webhook(self, body: bytes, signature: str) -> GatewayEvent:
        return signatures.read(body, signature, self.webhook_secret)

    def _webhook_url(self, request: CheckoutRequest) -> str:
        # Where the payer's browser reaches us, our endpoint is too: true for any port `make up` finds free.
        return self.webhook_url or origin(request.return_url) + reverse("billing:webhook")


def webhook_secret() -> str:
    """Return the signing secret both sides derive from the site's own."""
    return "whsec_" + hmac.digest(settings.SECRET_KEY.encode(), b"billing.gateways.fake", "sha256").hex()


def origin(url: str) -> str:
    """Return scheme, host and port of an absolute address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def payment_of(row: FakeCheckout) -> Payment:
    """Return where the vendor's row stands, in the words of the gateway protocol."""
    if row.status == FakeCheckout.Status.COMPLETE:
        return Payment(row.payment)
    is_stale = row.created_at < timezone.now() - LIFETIME
    return Payment.EXPIRED if is_stale or row.status == FakeCheckout.Status.EXPIRED else Payment.WAITING


def _checkout(row: FakeCheckout) -> Checkout:
    path = reverse("billing:fake-checkout", args=[row.checkout_id])
    return Checkout(
        id=row.checkout_id,
        url=origin(row.params["return_url"]) + path,
        payment=payment_of(row),
        reference=row.params["reference"],
        amount_minor=row.amount_minor,
        currency=row.currency,
        livemode=False,
    )
