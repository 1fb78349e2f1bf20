"""The park and the studio over the API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, permissions, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from characters import downloads, search, services
from characters.api import serializers
from characters.forms.search import DiscoverForm
from characters.models import Character
from companion_site.core.api import CursorPagination
from companion_site.core.exceptions import NotFound


class _Popular(CursorPagination):
    ordering = ("-likes_count", "-pk")  # type: ignore[assignment]


class _Newest(CursorPagination):
    ordering = ("-published_at", "-pk")  # type: ignore[assignment]


_FILTERS = [
    OpenApiParameter("q", str, description="Words in Chinese or English; all must occur."),
    OpenApiParameter("tag", str),
    OpenApiParameter("language", str, enum=["zh-Hans", "en"]),
    OpenApiParameter("scene", str),
    OpenApiParameter("order", str, enum=["popular", "newest"]),
]


@extend_schema(parameters=_FILTERS)
class CharacterListView(generics.ListAPIView[Character]):
    """Live characters suited to the reader's age, most loved or newest first."""

    permission_classes = [permissions.AllowAny]
    serializer_class = serializers.CharacterSummarySerializer

    @property
    def paginator(self) -> CursorPagination:
        if not hasattr(self, "_chosen"):
            self._chosen = _Newest() if self.request.query_params.get("order") == "newest" else _Popular()
        return self._chosen

    def get_queryset(self) -> QuerySet[Character]:
        wanted = DiscoverForm(self.request.query_params).wanted() | {"order": "popular"}
        found = search.find(Character.objects.public_to(self.request.user), wanted)
        return found.defer("card", "envelope", "import_report")


class CharacterDetailView(APIView):
    """One character, without anything hidden."""

    permission_classes = [permissions.AllowAny]

    @extend_schema(responses=serializers.CharacterDetailSerializer)
    def get(self, request: Request, slug: str) -> Response:
        character = _visible(request, slug)
        return Response(serializers.CharacterDetailSerializer(character, context={"request": request}).data)


class LikeView(APIView):
    """Like a character (PUT), or take it back (DELETE). Both are safe to repeat."""

    @extend_schema(request=None, responses={204: None})
    def put(self, request: Request, slug: str) -> Response:
        services.like(_me(request), _visible(request, slug))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, slug: str) -> Response:
        services.unlike(_me(request), _visible(request, slug))
        return Response(status=status.HTTP_204_NO_CONTENT)


class ExportView(APIView):
    """The card as a file: `png` (V3 with a V2 copy), `v2.png`, `json` (V3) or `charx`.

    Hidden storylines and whatever is locked are in it only for those who own them.
    """

    permission_classes = [permissions.AllowAny]

    @extend_schema(
        parameters=[
            OpenApiParameter("file_format", str, OpenApiParameter.PATH, enum=["png", "v2.png", "json", "charx"])
        ],
        responses={
            (200, "image/png"): OpenApiTypes.BINARY,
            (200, "application/json"): OpenApiTypes.OBJECT,
            (200, "application/zip"): OpenApiTypes.BINARY,
        },
    )
    def get(self, request: Request, slug: str, file_format: str) -> HttpResponse:
        made = services.export_card(_visible(request, slug), request.user, file_format)
        return downloads.attachment(made)


class DraftListView(APIView):
    """One's own characters (GET), or a new one (POST)."""

    @extend_schema(responses=serializers.DraftSummarySerializer(many=True))
    def get(self, request: Request) -> Response:
        mine = Character.objects.owned_by(request.user).order_by("-updated_at")
        return Response(serializers.DraftSummarySerializer(mine, many=True).data)

    @extend_schema(request=serializers.NewCharacterSerializer, responses={201: serializers.DraftSerializer})
    def post(self, request: Request) -> Response:
        given = serializers.NewCharacterSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        character = services.create_character(_me(request), name=given.validated_data["name"])
        return Response(serializers.DraftSerializer(character).data, status=status.HTTP_201_CREATED)


class DraftView(APIView):
    """One's own character: read the draft, change fields of its card, delete what was never published."""

    @extend_schema(responses=serializers.DraftSerializer)
    def get(self, request: Request, public_id: UUID) -> Response:
        return Response(serializers.DraftSerializer(_owned(request, public_id)).data)

    @extend_schema(request=serializers.CardChangesSerializer, responses=serializers.DraftSerializer)
    def patch(self, request: Request, public_id: UUID) -> Response:
        given = serializers.CardChangesSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        changes: dict[str, Any] = given.validated_data
        character = services.edit_card(
            _owned(request, public_id), data=changes.get("data", {}), cardia=changes.get("cardia", {})
        )
        return Response(serializers.DraftSerializer(character).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, public_id: UUID) -> Response:
        services.delete_draft(_owned(request, public_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class SubmissionView(APIView):
    """Hand a draft in for review."""

    @extend_schema(request=None, responses={202: serializers.DraftSummarySerializer})
    def post(self, request: Request, public_id: UUID) -> Response:
        character = services.submit_for_review(_owned(request, public_id))
        return Response(serializers.DraftSummarySerializer(character).data, status=status.HTTP_202_ACCEPTED)


class ImportView(APIView):
    """Make a draft of a card file, or a lorebook of one that stands alone, and say what was done with it.

    Read are PNG, APNG, WebP, CHARX, JSON (V1, V2, V3, lorebooks, LobeChat) and YAML (RealChar).
    """

    parser_classes = [MultiPartParser]
    throttle_scope = "import"

    @extend_schema(
        request={"multipart/form-data": serializers.ImportSerializer}, responses={201: serializers.ImportedSerializer}
    )
    def post(self, request: Request) -> Response:
        given = serializers.ImportSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        upload = given.validated_data["file"]
        made = services.import_file(_me(request), upload.name, upload.read())
        return Response(serializers.ImportedSerializer(made).data, status=status.HTTP_201_CREATED)


def _me(request: Request) -> User:
    user: User = request.user  # type: ignore[assignment]
    return user


def _visible(request: Request, slug: str) -> Character:
    rows = Character.objects.with_cards().with_liked(request.user).visible_to(request.user)
    found = rows.filter(slug=slug).first()
    if found is None:
        raise NotFound
    return found


def _owned(request: Request, public_id: UUID) -> Character:
    found = Character.objects.with_cards().owned_by(request.user).filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found
