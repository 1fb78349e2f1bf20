"""The test gateway's own checkout page. It plays another company's site and shares nothing with the wallet."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from billing.forms import FakePaymentForm
from billing.gateways import fake_till, gateways
from billing.gateways.base import Payment
from billing.gateways.fake import FakeGateway, payment_of
from billing.gateways.fake_till import Card
from billing.models import FakeCheckout
from companion_site.core.exceptions import NotFound


@require_http_methods(["GET", "POST"])
@never_cache
def checkout(request: HttpRequest, checkout_id: str) -> HttpResponse:
    """Show what is to be paid (GET); take the card (POST)."""
    row = _find(checkout_id)
    if payment_of(row) != Payment.WAITING:
        return redirect(row.params["return_url"])
    form = FakePaymentForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, row, form=form, status=422 if request.method == "POST" else 200)
    step = fake_till.pay(checkout_id, Card(form.cleaned_data["card"]), mischief=form.cleaned_data["mischief"])
    return _after(request, row, step, form)


@require_POST
@never_cache
def confirm(request: HttpRequest, checkout_id: str) -> HttpResponse:
    """Take the payer's answer to the bank's question."""
    row = _find(checkout_id)
    step = fake_till.confirm(checkout_id, is_approved=request.POST.get("answer") == "yes")
    return _after(request, row, step, FakePaymentForm())


def _find(checkout_id: str) -> FakeCheckout:
    row = FakeCheckout.objects.filter(checkout_id=checkout_id).first()
    if row is None or not isinstance(gateways["default"], FakeGateway):
        raise NotFound
    return row


def _after(request: HttpRequest, row: FakeCheckout, step: fake_till.Step, form: FakePaymentForm) -> HttpResponse:
    if step.needs_confirmation:
        return _page(request, row, is_bank=True)
    if step.refusal:
        return _page(request, row, form=form, refusal=step.refusal, status=402)
    return redirect(row.params["return_url"])


def _page(request: HttpRequest, row: FakeCheckout, *, status: int = 200, **context: Any) -> HttpResponse:
    template = "billing/fake_bank.html" if context.pop("is_bank", False) else "billing/fake_checkout.html"
    return render(request, template, {"checkout": row, "refusal": "", **context}, status=status)
