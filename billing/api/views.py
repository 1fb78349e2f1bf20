"""The wallet and the counter over the API."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from billing import entitlements, ledger, packs, services
from billing.api import serializers
from billing.keys import read_key
from billing.models import Entry, Offer, Order
from billing.paths import local_path
from companion_site.core.api import CursorPagination
from companion_site.core.exceptions import NotFound

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    required=True,
    description="8 to 64 letters, digits, hyphens or underscores: new for each intent, the same for each retry.",
)


def _user(request: Request) -> User:
    user: User = request.user  # type: ignore[assignment]
    return user


class WalletView(APIView):
    """The reader's coins."""

    @extend_schema(responses=serializers.WalletSerializer)
    def get(self, request: Request) -> Response:
        return Response(serializers.WalletSerializer(ledger.wallet(_user(request))).data)


class EntryPagination(CursorPagination):
    ordering = "-id"


class EntryListView(generics.ListAPIView[Entry]):
    """What came into the wallet and went out of it, newest first."""

    serializer_class = serializers.EntrySerializer
    pagination_class = EntryPagination
    queryset = Entry.objects.none()

    def get_queryset(self) -> QuerySet[Entry]:
        return Entry.objects.owned_by(_user(self.request)).select_related("transaction", "account")


class OfferView(APIView):
    """One thing that can be bought, and whether the reader has it."""

    @extend_schema(responses=serializers.OfferSerializer)
    def get(self, request: Request, public_id: UUID) -> Response:
        user = _user(request)
        context = {"owned_offer_ids": entitlements.owned_offer_ids(user)}
        return Response(serializers.OfferSerializer(_offer(user, public_id), context=context).data)


class PurchaseView(APIView):
    """Buying it, for the price the reader was shown."""

    throttle_scope = "money"

    @extend_schema(
        parameters=[IDEMPOTENCY_KEY],
        request=serializers.PurchaseSerializer,
        responses={201: serializers.EntitlementSerializer},
    )
    def post(self, request: Request, public_id: UUID) -> Response:
        user = _user(request)
        offer = _offer(user, public_id)
        key = read_key(request.headers.get("Idempotency-Key"))
        given = serializers.PurchaseSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        entitlement = services.purchase(user, offer, key=key, **given.validated_data)
        return Response(serializers.EntitlementSerializer(entitlement).data, status=status.HTTP_201_CREATED)


class PackListView(APIView):
    """The coin packs on sale, at the prices of the reader's region."""

    @extend_schema(responses=serializers.PackSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response(serializers.PackSerializer(packs.on_sale(_user(request)), many=True).data)  # type: ignore[arg-type]  # many


class CheckoutListView(APIView):
    """Starting to pay for a pack."""

    throttle_scope = "money"

    @extend_schema(
        parameters=[IDEMPOTENCY_KEY],
        request=serializers.CheckoutStartSerializer,
        responses={201: serializers.OrderSerializer},
    )
    def post(self, request: Request) -> Response:
        key = read_key(request.headers.get("Idempotency-Key"))
        given = serializers.CheckoutStartSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        order = services.start_checkout(
            _user(request),
            given.validated_data["pack"],
            key=key,
            site=request.build_absolute_uri("/"),
            next_path=local_path(request, given.validated_data["next"]),
        )
        return Response(serializers.OrderSerializer(order).data, status=status.HTTP_201_CREATED)


class CheckoutView(APIView):
    """How an order stands."""

    @extend_schema(responses=serializers.OrderSerializer)
    def get(self, request: Request, public_id: UUID) -> Response:
        order = Order.objects.owned_by(_user(request)).filter(public_id=public_id).first()
        if order is None:
            raise NotFound
        return Response(serializers.OrderSerializer(order).data)


def _offer(user: User, public_id: UUID) -> Offer:
    offer = Offer.objects.visible_to(user).filter(public_id=public_id).first()
    if offer is None:
        raise NotFound
    return offer
