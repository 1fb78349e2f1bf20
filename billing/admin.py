"""For operators: look, never touch. The ledger is written by `ledger.post()` and by nothing else."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from billing.models import Account, Entitlement, Entry, Offer, Order, Transaction, WebhookEvent


class ReadOnlyAdmin(admin.ModelAdmin[Any]):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class EntryInline(admin.TabularInline[Entry, Transaction]):
    model = Entry
    extra = 0
    can_delete = False
    fields = ["account", "amount", "balance_after"]

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    list_display = ["key", "unit", "balance"]
    search_fields = ["key"]


@admin.register(Transaction)
class TransactionAdmin(ReadOnlyAdmin):
    list_display = ["public_id", "kind", "outcome", "actor", "source_type", "created_at"]
    list_filter = ["kind", "outcome"]
    search_fields = ["public_id", "actor", "key", "source_id"]
    inlines = [EntryInline]


@admin.register(Offer)
class OfferAdmin(ReadOnlyAdmin):
    list_display = ["title", "kind", "price_coins", "is_active", "seller"]
    list_select_related = ["seller"]


@admin.register(Entitlement)
class EntitlementAdmin(ReadOnlyAdmin):
    list_display = ["public_id", "user", "offer", "created_at", "revoked_at"]
    list_select_related = ["user", "offer"]


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    list_display = ["public_id", "user", "pack", "amount_minor", "currency", "status", "created_at"]
    list_filter = ["status", "gateway", "livemode"]
    list_select_related = ["user"]
    search_fields = ["public_id", "checkout_id"]


@admin.register(WebhookEvent)
class WebhookEventAdmin(ReadOnlyAdmin):
    list_display = ["event_id", "type", "status", "note", "attempts", "received_at"]
    list_filter = ["status", "type"]
    search_fields = ["event_id", "checkout_id"]
