"""Addresses of the money pages, included at the site root."""

from __future__ import annotations

from django.urls import path

from billing import webhooks
from billing.views import checkouts, fake, offers, wallet

app_name = "billing"

urlpatterns = [
    path("wallet/", wallet.wallet, name="wallet"),
    path("wallet/offers/<uuid:public_id>/", offers.offer, name="offer"),
    path("wallet/checkouts/", checkouts.start, name="checkout-start"),
    path("wallet/checkouts/<uuid:public_id>/", checkouts.back, name="checkout-return"),
    path("webhooks/payments/", webhooks.receive, name="webhook"),
    path("pay/fake/<slug:checkout_id>/", fake.checkout, name="fake-checkout"),
    path("pay/fake/<slug:checkout_id>/bank/", fake.confirm, name="fake-bank"),
]
