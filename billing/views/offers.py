"""The counter: what is sold, what it costs, what will be left; then the one button."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from csp.decorators import csp_update
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from billing import conditions, entitlements, ledger, packs, services
from billing.exceptions import InsufficientCoins, PriceChanged
from billing.forms import PurchaseForm
from billing.keys import new_key
from billing.models import Offer
from billing.paths import local_path
from billing.views.wallet import CHECKOUT_TARGETS, pack_choices
from companion_site.core.exceptions import DomainError, Invalid, NotFound


@require_http_methods(["GET", "POST"])
@login_required
@never_cache
@csp_update(CHECKOUT_TARGETS)  # type: ignore[arg-type]  # its stub knows only views without arguments
def offer(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Ask before buying (GET), then buy (POST) and go on to `next`."""
    user: User = request.user  # type: ignore[assignment]
    found = Offer.objects.visible_to(user).select_related("seller").filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    if request.method == "POST":
        return _buy(request, user, found)
    return _ask(request, user, found, next_path=local_path(request, request.GET.get("next", "")))


def _buy(request: HttpRequest, user: User, found: Offer) -> HttpResponse:
    form = PurchaseForm(request.POST)
    next_path = local_path(request, request.POST.get("next", ""))
    if not form.is_valid():
        return _ask(request, user, found, next_path=next_path, refusal=Invalid())
    intent = form.cleaned_data
    try:
        services.purchase(user, found, key=intent["key"], expected_price=intent["expected_price"])
    except (InsufficientCoins, PriceChanged) as refusal:
        return _ask(request, user, found, next_path=next_path, refusal=refusal)
    messages.success(request, _("“%(title)s” is yours.") % {"title": found.title})
    return redirect(next_path or reverse("billing:offer", args=[found.public_id]))


def _ask(
    request: HttpRequest, user: User, found: Offer, *, next_path: str, refusal: DomainError | None = None
) -> HttpResponse:
    wallet = ledger.wallet(user)
    shortfall = max(0, found.price_coins - wallet.total)
    here = reverse("billing:offer", args=[found.public_id])
    context: dict[str, Any] = {
        "offer": found,
        "wallet": wallet,
        "left": wallet.total - found.price_coins,
        "shortfall": shortfall,
        "is_owned": entitlements.has(user, found),
        "is_own": found.seller_id == user.pk,
        "key": new_key(),
        "next": next_path,
        "refusal": refusal,
        "conditions": conditions.of(found),
    }
    if shortfall:
        suggested = packs.covering(user, shortfall)
        context["packs"] = sorted(pack_choices(user), key=lambda choice: choice["pack"].key != suggested)
        context["suggested"] = suggested
        context["here"] = f"{here}?{urlencode({'next': next_path})}" if next_path else here
    return render(request, "billing/offer.html", context, status=refusal.status if refusal else 200)
