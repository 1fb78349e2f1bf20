"""Keys over the API: for a signed-in browser only. No key and no token may make or end a key."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import keys
from accounts.models import ApiKey


class KeySerializer(serializers.ModelSerializer[ApiKey]):
    class Meta:
        model = ApiKey
        fields = [
            *("public_id", "name", "prefix", "scopes", "turns_per_minute", "turns_per_day"),
            *("created_at", "expires_at", "last_used_at", "revoked_at"),
        ]
        read_only_fields = fields


class MadeKeySerializer(KeySerializer):
    """A new key with its secret, which is told this once."""

    secret = serializers.CharField(read_only=True)

    class Meta(KeySerializer.Meta):
        fields = [*KeySerializer.Meta.fields, "secret"]
        read_only_fields = fields


class KeyInputSerializer(serializers.Serializer[ApiKey]):
    name = serializers.CharField(max_length=60)
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=ApiKey.Scope.choices), min_length=1)
    expires_at = serializers.DateTimeField(required=False, allow_null=True, default=None)


class KeyListView(generics.ListAPIView[ApiKey]):
    """The person's keys; a new one tells its secret once."""

    authentication_classes = [SessionAuthentication]
    serializer_class = KeySerializer
    queryset = ApiKey.objects.none()

    def get_queryset(self) -> QuerySet[ApiKey]:
        return ApiKey.objects.owned_by(self.request.user)

    @extend_schema(request=KeyInputSerializer, responses={201: MadeKeySerializer})
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        given = KeyInputSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        made = keys.create_key(request.user, **given.validated_data)  # type: ignore[arg-type]
        told = {**KeySerializer(made.key).data, "secret": made.secret}
        return Response(told, status=status.HTTP_201_CREATED, headers={"Cache-Control": "no-store"})


class KeyView(APIView):
    """One of the person's keys."""

    authentication_classes = [SessionAuthentication]

    @extend_schema(responses={204: None})
    def delete(self, request: Request, public_id: UUID) -> Response:
        found = get_object_or_404(ApiKey.objects.owned_by(request.user), public_id=public_id)
        keys.revoke_key(request.user, found)  # type: ignore[arg-type]
        return Response(status=status.HTTP_204_NO_CONTENT)
