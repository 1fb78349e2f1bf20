"""Where payment gateways call us: check the signature, write the event down, answer."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from billing.exceptions import WebhookRefused
from billing.gateways import gateways
from billing.services import inbox
from companion_site.core import problems

logger = logging.getLogger(__name__)

LARGEST_BODY_BYTES = 256 * 1024


@csrf_exempt
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    """Answer 200 once the event is stored (again for a duplicate), 400 for anything not signed as it should be."""
    try:
        if len(request.body) > LARGEST_BODY_BYTES:
            raise WebhookRefused
        event = gateways["default"].read_webhook(request.body, request.headers.get("Stripe-Signature", ""))
    except WebhookRefused as refusal:
        logger.warning("webhook refused")
        return problems.json_response(refusal)
    inbox.receive(event)
    return HttpResponse(status=200)
