"""The test gateway's postman: signs what is owed and delivers it over real HTTP, at least once."""

from __future__ import annotations

import http.client
import logging
from datetime import timedelta
from urllib.parse import urlsplit

from django.utils import timezone

from billing.gateways import signatures
from billing.gateways.fake import webhook_secret
from billing.models import FakeDelivery

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 10
ATTEMPTS = 12
BATCH = 200


def deliver_due() -> int:
    """POST every owed event that is due; return how many our endpoint accepted (2xx).

    What it does not accept comes again, later each time. No transaction is held while the network is used.
    """
    accepted = 0
    due = FakeDelivery.objects.filter(delivered_at=None, due_at__lte=timezone.now(), attempts__lt=ATTEMPTS)
    for row in list(due.order_by("id")[:BATCH]):
        row.last_status = _post(row)
        if row.last_status is not None and 200 <= row.last_status < 300:
            row.delivered_at = timezone.now()
            accepted += 1
        row.due_at = timezone.now() + timedelta(seconds=5 * 2**row.attempts)
        row.attempts += 1
        row.save(update_fields=["last_status", "delivered_at", "due_at", "attempts"])
    return accepted


def _post(row: FakeDelivery) -> int | None:
    parts = urlsplit(row.url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=TIMEOUT_SECONDS)
    headers = {
        "Content-Type": "application/json",
        "Stripe-Signature": signatures.sign(row.payload, webhook_secret()),
    }
    try:
        connection.request("POST", parts.path, body=row.payload.encode(), headers=headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException) as exc:
        logger.warning("fake gateway: %s not delivered to %s: %s", row.event_id, row.url, exc)
        return None
    finally:
        connection.close()
