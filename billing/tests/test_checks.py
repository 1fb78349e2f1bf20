from __future__ import annotations

import pytest

from billing.checks import check_gateway, check_sqlite, write_lock_errors


@pytest.mark.parametrize(("secret", "ids"), [("", ["billing.E001"]), ("whsec_x", [])])
def test_a_gateway_without_its_webhook_secret_is_refused_at_start(settings, secret, ids):
    settings.PAYMENT_GATEWAYS = {
        "default": {
            "BACKEND": "billing.gateways.stripe.StripeGateway",
            "OPTIONS": {"api_key": "sk_live_x", "webhook_secret": secret},
        }
    }

    assert [message.id for message in check_gateway(None)] == ids


@pytest.mark.parametrize(
    ("engine", "mode", "ids"),
    [
        ("sqlite3", "DEFERRED", ["billing.E002"]),
        ("sqlite3", "IMMEDIATE", []),
        ("postgresql", None, []),
    ],
)
def test_sqlite_must_take_the_write_lock_first(engine, mode, ids):
    database = {"ENGINE": f"django.db.backends.{engine}", "OPTIONS": {"transaction_mode": mode}}

    assert [message.id for message in write_lock_errors(database)] == ids


def test_this_installation_passes():
    assert check_gateway(None) + check_sqlite(None) == []
