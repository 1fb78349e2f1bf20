"""What an installation must have before it takes money."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from billing.gateways import gateways
from billing.gateways.stripe import StripeGateway


@register("billing")
def check_gateway(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A gateway whose webhooks nobody can verify would take money and be told nothing of it."""
    configured: Mapping[str, Any] = settings.PAYMENT_GATEWAYS["default"]
    options = configured.get("OPTIONS", {})
    if isinstance(gateways["default"], StripeGateway) and not options.get("webhook_secret"):
        return [
            Error(
                "STRIPE_API_KEY is set, STRIPE_WEBHOOK_SECRET is not.",
                hint="Copy the signing secret of the webhook endpoint from the Stripe dashboard.",
                id="billing.E001",
            )
        ]
    return []


@register("billing")
def check_sqlite(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Look at the database's way of beginning a transaction."""
    return write_lock_errors(settings.DATABASES["default"])


def write_lock_errors(database: Mapping[str, Any]) -> list[CheckMessage]:
    """A deferred SQLite transaction reads first and may then be refused the write lock."""
    is_sqlite = database["ENGINE"] == "django.db.backends.sqlite3"
    if is_sqlite and database.get("OPTIONS", {}).get("transaction_mode") != "IMMEDIATE":
        return [
            Error(
                "SQLite must begin its transactions with the write lock.",
                hint='Set OPTIONS["transaction_mode"] = "IMMEDIATE" in DATABASES.',
                id="billing.E002",
            )
        ]
    return []
