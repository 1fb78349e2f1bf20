from __future__ import annotations

from django.urls import path

from billing.api import views

app_name = "billing"

urlpatterns = [
    path("wallet/", views.WalletView.as_view(), name="wallet"),
    path("wallet/entries/", views.EntryListView.as_view(), name="entries"),
    path("offers/<uuid:public_id>/", views.OfferView.as_view(), name="offer"),
    path("offers/<uuid:public_id>/purchases/", views.PurchaseView.as_view(), name="purchases"),
    path("coin-packs/", views.PackListView.as_view(), name="packs"),
    path("checkouts/", views.CheckoutListView.as_view(), name="checkouts"),
    path("checkouts/<uuid:public_id>/", views.CheckoutView.as_view(), name="checkout"),
]
