"""Stripe Checkout behind the gateway protocol, on the `stripe` package."""

from __future__ import annotations

import logging
from typing import Any

import stripe

from billing.exceptions import PaymentUnavailable
from billing.gateways import signatures
from billing.gateways.base import Checkout, CheckoutRequest, GatewayEvent, Payment

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 10
LOCALES = {"zh-hans": "zh", "en": "en"}
# A payment intent in one of these has given up on its payment method; the session does not say so itself.
_GIVEN_UP = {"requires_payment_method", "canceled"}


class StripeGateway:
    """Stripe by secret key; `livemode` follows from the key. Each call times out after 10 s, retried twice."""

    name = "stripe"

    def __init__(self, *, api_key: str, webhook_secret: str, api_base: str = "") -> None:
        self.livemode = "_live_" in api_key
        self._secret = webhook_secret
        self._client = stripe.StripeClient(
            api_key,
            http_client=stripe.RequestsClient(timeout=TIMEOUT_SECONDS),
            max_network_retries=2,
            base_addresses={"api": api_base} if api_base else {},
        )

    def create_checkout(self, request: CheckoutRequest, *, key: str) -> Checkout:
        """Open a Checkout session. The package's own idempotency keys are random a call, so ours is passed."""
        params: Any = {
            "mode": "payment",
            "client_reference_id": request.reference,
            "metadata": {"order": request.reference},
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": request.currency,
                        "unit_amount": request.amount_minor,
                        "product_data": {"name": request.title},
                    },
                }
            ],
            "locale": LOCALES.get(request.locale, "auto"),
            "success_url": request.return_url,
            "cancel_url": request.cancel_url,
        }
        try:
            session = self._client.v1.checkout.sessions.create(params, options={"idempotency_key": key})
        except stripe.StripeError as exc:
            raise _unavailable(exc) from exc
        return self._checkout(session)

    def retrieve_checkout(self, checkout_id: str) -> Checkout:
        try:
            session = self._client.v1.checkout.sessions.retrieve(checkout_id, {"expand": ["payment_intent"]})
        except stripe.StripeError as exc:
            raise _unavailable(exc) from exc
        return self._checkout(session)

    def read_webhook(self, body: bytes, signature: str) -> GatewayEvent:
        return signatures.read(body, signature, self._secret)

    def _checkout(self, session: stripe.checkout.Session) -> Checkout:
        return Checkout(
            id=session.id,
            url=session.url or "",
            payment=_payment(session),
            reference=session.client_reference_id or "",
            amount_minor=session.amount_total or 0,
            currency=session.currency or "",
            livemode=session.livemode,
        )


def _payment(session: stripe.checkout.Session) -> Payment:
    if session.status == "expired":
        return Payment.EXPIRED
    if session.status != "complete":
        return Payment.WAITING
    if session.payment_status != "unpaid":
        return Payment.PAID
    intent = session.payment_intent
    if isinstance(intent, stripe.PaymentIntent) and intent.status in _GIVEN_UP:
        return Payment.FAILED
    return Payment.PROCESSING


def _unavailable(exc: stripe.StripeError) -> PaymentUnavailable:
    # A wrong key or parameter is ours to mend and the operator's to see; the fan reads the same line.
    transient = isinstance(exc, stripe.APIConnectionError | stripe.RateLimitError) or (exc.http_status or 0) >= 500
    level = logging.WARNING if transient else logging.ERROR
    logger.log(level, "stripe: %s %s %s", type(exc).__name__, exc.http_status, exc.code)
    return PaymentUnavailable()
