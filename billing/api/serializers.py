"""What the API says of coins. Amounts are whole coins, money is minor units with its currency."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from billing.ledger import Wallet
from billing.models import Entitlement, Entry, Offer, Order
from billing.models.offers import HIGHEST_PRICE_COINS
from billing.packs import Pack
from billing.paths import LONGEST
from billing.statements import describe


class WalletSerializer(serializers.Serializer[Wallet]):
    total = serializers.IntegerField()
    paid = serializers.IntegerField()
    bonus = serializers.IntegerField()


class EntrySerializer(serializers.ModelSerializer[Entry]):
    id = serializers.UUIDField(source="transaction.public_id")
    kind = serializers.CharField(source="transaction.kind")
    unit = serializers.CharField(source="account.unit")
    words = serializers.SerializerMethodField()

    class Meta:
        model = Entry
        fields = ["id", "kind", "unit", "amount", "balance_after", "words", "created_at"]
        read_only_fields = fields

    def get_words(self, entry: Entry) -> str:
        return describe(entry.transaction.kind, entry.transaction.details)


class OfferSerializer(serializers.ModelSerializer[Offer]):
    is_owned = serializers.SerializerMethodField()

    class Meta:
        model = Offer
        fields = ["public_id", "kind", "title", "price_coins", "is_active", "is_owned"]
        read_only_fields = fields

    def get_is_owned(self, offer: Offer) -> bool:
        owned: set[int] = self.context["owned_offer_ids"]
        return offer.pk in owned


class PurchaseSerializer(serializers.Serializer[Any]):
    expected_price = serializers.IntegerField(min_value=0, max_value=HIGHEST_PRICE_COINS)


class EntitlementSerializer(serializers.ModelSerializer[Entitlement]):
    offer = serializers.UUIDField(source="offer.public_id")

    class Meta:
        model = Entitlement
        fields = ["public_id", "offer", "created_at"]
        read_only_fields = fields


class PackSerializer(serializers.Serializer[Pack]):
    key = serializers.CharField()
    name = serializers.CharField()
    coins = serializers.IntegerField()
    coins_paid = serializers.IntegerField()
    coins_bonus = serializers.IntegerField()
    amount_minor = serializers.IntegerField()
    currency = serializers.CharField()


class CheckoutStartSerializer(serializers.Serializer[Any]):
    pack = serializers.SlugField(max_length=40)
    next = serializers.CharField(max_length=LONGEST, required=False, allow_blank=True, default="")


class OrderSerializer(serializers.ModelSerializer[Order]):
    class Meta:
        model = Order
        fields = [
            "public_id",
            "status",
            "pack",
            "coins_paid",
            "coins_bonus",
            "amount_minor",
            "currency",
            "checkout_url",
            "created_at",
        ]
        read_only_fields = fields
