"""The wallet: what you have, how to get more, what became of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from csp.decorators import csp_update
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.models import User
from billing import ledger, packs
from billing.keys import new_key
from billing.statements import statement

# The form's redirect leads to the gateway's own page, which the policy counts as a form target.
CHECKOUT_TARGETS = {"form-action": ["https://checkout.stripe.com"]}


@require_GET
@login_required
@never_cache
@csp_update(CHECKOUT_TARGETS)
def wallet(request: HttpRequest) -> HttpResponse:
    """Show balance, packs and history; `?before=` shows what came before a line."""
    user: User = request.user  # type: ignore[assignment]
    before = _uuid(request.GET.get("before", ""))
    context: dict[str, Any] = {"statement": statement(user, before=before)}
    if request.headers.get("HX-Request") == "true" and before is not None:
        return render(request, "billing/wallet.html#lines", context)
    context |= {
        "wallet": ledger.wallet(user),
        "packs": pack_choices(user),
        "is_later_page": before is not None,
        "next": "",
    }
    return render(request, "billing/wallet.html", context)


def pack_choices(user: User) -> list[dict[str, Any]]:
    """Return the packs on sale, each with a key of its own: one form, one intent."""
    return [{"pack": pack, "key": new_key()} for pack in packs.on_sale(user)]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
