"""The history of one's character over the API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from characters import changes, history
from characters.api.serializers import DraftSerializer
from characters.diff import Change
from characters.history import Past
from characters.models import Character, CharacterVersion
from characters.services.versions import diff_versions, restore_version, versions_of
from companion_site.core.api import CursorPagination
from companion_site.core.exceptions import NotFound

CHANGE_KINDS = [(kind, kind) for kind in ("added", "removed", "changed", "moved")]


class VersionSerializer(serializers.Serializer[Past]):
    """A frozen version. `summary` says in the reader's language what it changed."""

    number = serializers.IntegerField(source="version.number")
    published_at = serializers.DateTimeField(source="version.created_at")
    is_published = serializers.BooleanField()
    summary = serializers.CharField(source="words")


class ChangeSerializer(serializers.Serializer[Change]):
    """One difference. Of a move, `before` and `after` are the indices in the list."""

    kind = serializers.ChoiceField(choices=CHANGE_KINDS, source="kind.value")
    path = serializers.CharField()
    label = serializers.SerializerMethodField()  # type: ignore[assignment]  # the metaclass takes it off the class
    before = serializers.JSONField()
    after = serializers.JSONField()

    def get_label(self, change: Change) -> str:
        return changes.label_of(change)


class DiffSerializer(serializers.Serializer[Any]):
    """Every difference between two versions, or a version and the draft."""

    before = serializers.CharField()
    after = serializers.CharField()
    summary = serializers.CharField()
    changes = ChangeSerializer(many=True)


class _ByNumber(CursorPagination):
    ordering = "-number"


class VersionListView(generics.ListAPIView[Any]):
    """The versions of one's character, the newest first."""

    serializer_class = VersionSerializer
    pagination_class = _ByNumber
    queryset = CharacterVersion.objects.none()

    def get_queryset(self) -> QuerySet[Any]:
        return versions_of(_owned(self.request, self.kwargs["public_id"])).select_related("character")

    def paginate_queryset(self, queryset: Any) -> list[Any]:
        """Tell the page's versions together: each against the one before it, in one query more."""
        shown = super().paginate_queryset(queryset) or []
        return history.told(shown[0].character, shown) if shown else []


class DiffView(APIView):
    @extend_schema(
        parameters=[
            OpenApiParameter("against", str, description="A version's number, or `draft`; else the version before.")
        ],
        responses=DiffSerializer,
    )
    def get(self, request: Request, public_id: UUID, number: int) -> Response:
        """What version `number` changed since the version `against`."""
        character = _owned(request, public_id)
        against = request.query_params.get("against", str(number - 1))
        before, after = history.state_of(character, against), history.state_of(character, str(number))
        if before is None or after is None:
            raise NotFound
        found = diff_versions(before, after)
        told = {"before": against, "after": str(number), "summary": changes.summary(found), "changes": found}
        return Response(DiffSerializer(told).data)


class RestorationView(APIView):
    @extend_schema(request=None, responses=DraftSerializer)
    def post(self, request: Request, public_id: UUID, number: int) -> Response:
        """Make the draft what this version was. It is published again only through review."""
        character = _owned(request, public_id)
        version = versions_of(character).filter(number=number).first()
        if version is None:
            raise NotFound
        return Response(DraftSerializer(restore_version(character, version)).data)


def _owned(request: Request, public_id: UUID) -> Character:
    found = Character.objects.with_cards().owned_by(request.user).filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found
