"""The way to the gateway's checkout and back."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from billing import ledger, services
from billing.exceptions import PaymentUnavailable
from billing.forms import CheckoutForm
from billing.models import Order
from billing.paths import local_path
from companion_site.core import ratelimit
from companion_site.core.exceptions import Invalid, NotFound

STARTS_AN_HOUR = 30


@require_POST
@login_required
def start(request: HttpRequest) -> HttpResponse:
    """Order a pack and send the fan to its checkout."""
    user: User = request.user  # type: ignore[assignment]
    form = CheckoutForm(request.POST)
    if not form.is_valid():
        raise Invalid
    ratelimit.hit("checkout", user.pk, limit=STARTS_AN_HOUR, window_seconds=3600)
    order = services.start_checkout(
        user,
        form.cleaned_data["pack"],
        key=form.cleaned_data["key"],
        site=request.build_absolute_uri("/"),
        next_path=local_path(request, form.cleaned_data["next"]),
    )
    if order.status == Order.Status.OPEN:
        return redirect(order.checkout_url)
    return redirect(reverse("billing:checkout-return", args=[order.public_id]))


@require_GET
@login_required
@never_cache
def back(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show how the order stands, asking the gateway if nobody has told us yet."""
    user: User = request.user  # type: ignore[assignment]
    order = Order.objects.owned_by(user).filter(public_id=public_id).first()
    if order is None:
        raise NotFound
    is_answered = True
    try:
        order = services.fulfil(order)
    except PaymentUnavailable:
        is_answered = False
    context = {"order": order, "balance": ledger.balance(user), "is_answered": is_answered}
    is_poll = request.headers.get("HX-Request") == "true"
    return render(request, "billing/checkout_return.html#state" if is_poll else "billing/checkout_return.html", context)
