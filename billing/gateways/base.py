"""What every payment vendor is to us. Four questions; no vendor's words get past this file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Payment(StrEnum):
    """Where a checkout stands."""

    WAITING = "waiting"  # the fan has not finished yet
    PROCESSING = "processing"  # finished, but the money is still on its way (bank debit and the like)
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutRequest:
    """What is to be paid: `amount_minor` in minor units of `currency` (ISO 4217, lower case)."""

    reference: str  # our order's public id
    title: str
    amount_minor: int
    currency: str
    locale: str  # zh-hans | en
    return_url: str
    cancel_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """A checkout as the gateway holds it now."""

    id: str
    url: str
    payment: Payment
    reference: str
    amount_minor: int
    currency: str
    livemode: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayEvent:
    """A verified webhook. Only `id`, `type` and the pointers are used; facts are fetched again."""

    id: str
    type: str
    checkout_id: str  # empty where the event is not about a checkout
    body: str


class Gateway(Protocol):
    """A payment vendor. Calls go over a network: never inside a database transaction."""

    name: str
    livemode: bool

    def create_checkout(self, request: CheckoutRequest, *, key: str) -> Checkout:
        """Open a checkout; the same `key` gives the same one. Raise `PaymentUnavailable`."""

    def retrieve_checkout(self, checkout_id: str) -> Checkout:
        """Return how a checkout stands. Raise `PaymentUnavailable`."""

    def read_webhook(self, body: bytes, signature: str) -> GatewayEvent:
        """Return the event of a signed body. Raise `WebhookRefused`. No network, no database."""
