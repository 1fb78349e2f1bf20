"""Lorebooks over the API: one's own books, and the entries of any book one may edit."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import generics, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Persona, User
from characters import entries, trial
from characters.api import book_serializers as serializers
from characters.api.parsers import BookParser
from characters.cards.limits import JsonObject
from characters.entries import Placed
from characters.models import Character, Storyline, WorldBook
from characters.services import books
from characters.services.books import Holder
from companion_site.core.api import CursorPagination
from companion_site.core.exceptions import NotFound

_PAGE, _LARGEST_PAGE = 50, 200
_ANY_OBJECT = {"application/json": {"type": "object", "additionalProperties": True}}
_SEEN = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="`seen` of the entry as it was read: 409 `entry_stale` when it has changed since.",
)


class _Latest(CursorPagination):
    ordering = ("-updated_at", "-pk")  # type: ignore[assignment]


class BookListView(generics.ListAPIView[WorldBook]):
    """One's own lorebooks, the latest changed first."""

    serializer_class = serializers.BookSummarySerializer
    pagination_class = _Latest
    parser_classes = [BookParser]
    queryset = WorldBook.objects.none()

    def get_queryset(self) -> QuerySet[WorldBook]:
        return WorldBook.objects.owned_by(self.request.user).on_the_shelf()

    @extend_schema(request=serializers.NewBookSerializer, responses={201: serializers.BookSerializer})
    def post(self, request: Request) -> Response:
        """Keep a new lorebook, empty or from a Book of Character Card V3."""
        given = serializers.NewBookSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        wanted = given.validated_data
        book = books.create_book(_me(request), name=wanted["name"], data=wanted.get("data"))
        return Response(serializers.BookSerializer(book).data, status=status.HTTP_201_CREATED)


class BookView(APIView):
    """One lorebook without its entries: read it, change what it says of itself, throw it away."""

    parser_classes = [BookParser]

    @extend_schema(responses=serializers.BookSerializer)
    def get(self, request: Request, book_id: UUID) -> Response:
        return Response(serializers.BookSerializer(_book(request, book_id)).data)

    @extend_schema(request=serializers.BookChangesSerializer, responses=serializers.BookSerializer)
    def patch(self, request: Request, book_id: UUID) -> Response:
        given = serializers.BookChangesSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        book = books.update_book(_book(request, book_id), **given.validated_data)
        return Response(serializers.BookSerializer(book).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, book_id: UUID) -> Response:
        books.delete_book(_book(request, book_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class BookImportView(APIView):
    """Keep the lorebook of a file: V3, SillyTavern world info, or the one inside a card."""

    parser_classes = [MultiPartParser]
    throttle_scope = "import"

    @extend_schema(
        request={"multipart/form-data": serializers.BookFileSerializer},
        responses={201: serializers.BookImportedSerializer},
    )
    def post(self, request: Request) -> Response:
        given = serializers.BookFileSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        upload = given.validated_data["file"]
        book, _report = books.import_book(_me(request), upload.name, upload.read())
        made = serializers.BookImportedSerializer({"book": book, "report": book.import_report})
        return Response(made.data, status=status.HTTP_201_CREATED)


class BookExportView(APIView):
    """The book as a file: `lorebook_v3`, or SillyTavern's world info."""

    @extend_schema(responses={(200, "application/json"): OpenApiTypes.OBJECT})
    def get(self, request: Request, book_id: UUID, file_format: str) -> HttpResponse:
        made = books.export_book(_book(request, book_id), file_format)
        return HttpResponse(made.content, content_type=made.content_type)


class BookPersonaView(APIView):
    """Let a persona bring the book along (PUT), or no longer (DELETE). Both are safe to repeat."""

    @extend_schema(request=None, responses={204: None})
    def put(self, request: Request, book_id: UUID, persona_id: UUID) -> Response:
        books.attach_to_persona(_book(request, book_id), _persona(request, persona_id))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, book_id: UUID, persona_id: UUID) -> Response:
        books.detach_from_persona(_book(request, book_id), _persona(request, persona_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class EntryListView(APIView):
    """The entries of a book in its order, a page at a time (GET), or one more (POST)."""

    parser_classes = [BookParser]

    @extend_schema(
        parameters=[
            OpenApiParameter("q", str, description="Words that name, keys or content must all hold."),
            OpenApiParameter("cursor", str, description="From `next` of the page before."),
            OpenApiParameter("page_size", int, description=f"At most {_LARGEST_PAGE}."),
        ],
        responses=serializers.LoreEntryPageSerializer,
    )
    def get(self, request: Request, **ids: UUID) -> Response:
        every = entries.listed(books.book_of(_holder(request, **ids)))
        found = entries.matching(every, request.query_params.get("q", "")[:200])
        return Response(serializers.LoreEntryPageSerializer(_page(request, found)).data)

    @extend_schema(request=_ANY_OBJECT, responses={201: serializers.LoreEntrySerializer})
    def post(self, request: Request, **ids: UUID) -> Response:
        """Add an entry of Character Card V3, unknown keys included; it gets an id of its own."""
        placed = books.add_entry(_holder(request, **ids), _object(request))
        return Response(serializers.LoreEntrySerializer(placed).data, status=status.HTTP_201_CREATED)


def _named(name: str) -> Any:
    """Name the listing operation: by itself it would be called like the reading of one entry."""
    return extend_schema_view(get=extend_schema(operation_id=f"{name}_entries_list"))


@_named("studio_books")
class BookEntriesView(EntryListView):
    """The entries of one's own lorebook."""


@_named("studio_characters_lorebook")
class CharacterEntriesView(EntryListView):
    """The entries of a character's own lorebook."""


@_named("studio_characters_storylines_lorebook")
class StorylineEntriesView(EntryListView):
    """The entries of a hidden storyline's lorebook."""


class EntryView(APIView):
    """One entry by its `ref`: read it, merge changes into it, take it out."""

    parser_classes = [BookParser]

    @extend_schema(responses=serializers.LoreEntrySerializer)
    def get(self, request: Request, ref: str, **ids: UUID) -> Response:
        try:
            placed = entries.entry_of(books.book_of(_holder(request, **ids)), ref)
        except entries.EntryUnknown as exc:
            raise NotFound from exc
        return Response(serializers.LoreEntrySerializer(placed).data)

    @extend_schema(parameters=[_SEEN], request=_ANY_OBJECT, responses=serializers.LoreEntrySerializer)
    def patch(self, request: Request, ref: str, **ids: UUID) -> Response:
        """Merge a JSON merge patch (RFC 7396) into the entry: null removes a key, what is not named stays."""
        placed = books.update_entry(_holder(request, **ids), ref, _object(request), seen=_seen(request))
        return Response(serializers.LoreEntrySerializer(placed).data)

    @extend_schema(parameters=[_SEEN], responses={204: None})
    def delete(self, request: Request, ref: str, **ids: UUID) -> Response:
        books.remove_entry(_holder(request, **ids), ref, seen=_seen(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class EntryOrderView(APIView):
    """Put entries into an order."""

    parser_classes = [BookParser]

    @extend_schema(request=serializers.LoreOrderSerializer, responses={204: None})
    def put(self, request: Request, **ids: UUID) -> Response:
        """Put the named entries into this order, in the places they have; the others stay."""
        given = serializers.LoreOrderSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        books.reorder(_holder(request, **ids), given.validated_data["refs"])
        return Response(status=status.HTTP_204_NO_CONTENT)


class ScanView(APIView):
    """Try a book out: which entries do these lines wake, and why? Nothing is stored."""

    parser_classes = [BookParser]
    throttle_scope = "chat"

    @extend_schema(request=serializers.NewScanSerializer, responses=serializers.ScanSerializer)
    def post(self, request: Request, **ids: UUID) -> Response:
        given = serializers.NewScanSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        holder, name = _holder(request, **ids), _me(request).name
        character = holder if isinstance(holder, Character) else getattr(holder, "character", None)
        company = trial.Company.of(character.draft, name) if character is not None else trial.Company(user=name)
        found = trial.try_out(books.book_of(holder), given.validated_data["text"], company)
        return Response(serializers.ScanSerializer(found).data)


def _page(request: Request, found: list[Placed]) -> dict[str, Any]:
    asked = request.query_params.get("page_size", "")
    size = min(max(int(asked), 1), _LARGEST_PAGE) if asked.isascii() and asked.isdigit() and len(asked) < 6 else _PAGE
    after = request.query_params.get("cursor", "")
    start = next((at + 1 for at, placed in enumerate(found) if placed.ref == after), 0 if not after else len(found))
    rows = found[start : start + size]
    following = None
    if start + size < len(found):
        query = request.query_params.dict() | {"cursor": rows[-1].ref}
        following = request.build_absolute_uri(f"{request.path}?{urlencode(query)}")
    return {"next": following, "count": len(found), "results": rows}


def _holder(
    request: Request, *, book_id: UUID | None = None, public_id: UUID | None = None, storyline_id: UUID | None = None
) -> Holder:
    if book_id is not None:
        return _book(request, book_id)
    assert public_id is not None
    mine = Character.objects.owned_by(request.user).filter(public_id=public_id)
    found: Holder | None = mine.first()
    if storyline_id is not None:
        stories = Storyline.objects.select_related("character")
        found = stories.filter(character__in=mine, public_id=storyline_id).first()
    if found is None:
        raise NotFound
    return found


def _book(request: Request, book_id: UUID) -> WorldBook:
    found = WorldBook.objects.owned_by(request.user).filter(public_id=book_id).first()
    if found is None:
        raise NotFound
    return found


def _persona(request: Request, persona_id: UUID) -> Persona:
    found = Persona.objects.owned_by(_me(request)).filter(public_id=persona_id).first()
    if found is None:
        raise NotFound
    return found


def _me(request: Request) -> User:
    user: User = request.user  # type: ignore[assignment]
    return user


def _object(request: Request) -> JsonObject:
    return cast(JsonObject, request.data)  # `BookParser` lets nothing else pass


def _seen(request: Request) -> str:
    return request.headers.get("If-Match", "").strip('" ')
