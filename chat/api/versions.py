"""The version a conversation is pinned to, over the API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from characters.changes import Told
from characters.models import CharacterVersion
from chat.api.access import conversation_of
from chat.services import versions


class PieceSerializer(serializers.Serializer[Any]):
    mark = serializers.ChoiceField(choices=["same", "gone", "new"], source="mark.value")
    text = serializers.CharField()


class ToldSerializer(serializers.Serializer[Told]):
    """One difference in the reader's language; `pieces` is empty where there is only the fact."""

    kind = serializers.ChoiceField(choices=["added", "removed", "changed", "moved"])
    path = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the metaclass takes it off the class
    pieces = PieceSerializer(many=True)


class NewVersionSerializer(serializers.Serializer[Any]):
    """A newer version. `is_offered` is false once its fan has chosen to stay."""

    number = serializers.IntegerField(source="version.number")
    published_at = serializers.DateTimeField(source="version.created_at")
    is_offered = serializers.BooleanField()
    changes = ToldSerializer(many=True)
    lorebook_entries = serializers.DictField(child=serializers.IntegerField(), source="lore")
    lost_storylines = serializers.ListField(child=serializers.CharField(), source="lost")


class PinnedSerializer(serializers.Serializer[Any]):
    """The version of a conversation (null in a rehearsal), and the newer one where there is one."""

    number = serializers.IntegerField(allow_null=True)
    newer = NewVersionSerializer(allow_null=True)


class ChoiceSerializer(serializers.Serializer[Any]):
    version = serializers.IntegerField(min_value=1, help_text="The number of the newer version that was shown.")
    choice = serializers.ChoiceField(choices=["take", "keep"])


class VersionView(APIView):
    """Which version one talks with, what a newer one changes, and the choice."""

    @extend_schema(responses=PinnedSerializer)
    def get(self, request: Request, public_id: UUID) -> Response:
        """Nothing locked or hidden is among the changes."""
        return Response(PinnedSerializer(_pinned(request, public_id)).data)

    @extend_schema(request=ChoiceSerializer, responses=PinnedSerializer)
    def post(self, request: Request, public_id: UUID) -> Response:
        """Meet the newer version (`take`), or stay (`keep`). Both are safe to repeat."""
        given = ChoiceSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        choose = versions.take_version if given.validated_data["choice"] == "take" else versions.keep_version
        choose(conversation_of(request, public_id), given.validated_data["version"])
        return Response(PinnedSerializer(_pinned(request, public_id)).data)


def _pinned(request: Request, public_id: UUID) -> dict[str, Any]:
    conversation = conversation_of(request, public_id)
    newer, told = versions.newer_version(conversation), None
    if newer is not None:
        language = getattr(request, "LANGUAGE_CODE", "en")
        new = versions.what_changes(conversation, newer, language)
        is_offered = versions.offered_version(conversation) is not None
        told = {"version": newer, "is_offered": is_offered, "changes": new.changes, "lore": new.lore, "lost": new.lost}
    number = CharacterVersion.objects.filter(pk=conversation.version_id or 0).values_list("number", flat=True).first()
    return {"number": number, "newer": told}
