"""The lorebooks and the author's note of a conversation over the API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from characters.models import WorldBook
from chat.api.access import conversation_of
from chat.models import Conversation
from chat.services import notes
from chat.services.books import attach_book, detach_book


class ChatBookSerializer(serializers.ModelSerializer[WorldBook]):
    """A lorebook a conversation reads."""

    id = serializers.UUIDField(source="public_id")

    class Meta:
        model = WorldBook
        fields = ["id", "name"]
        read_only_fields = fields


class NoteSerializer(serializers.Serializer[Any]):
    """The author's note. `depth` counts messages from the newest, for `in_chat`."""

    text = serializers.CharField(max_length=notes.CHARS, allow_blank=True, trim_whitespace=False)
    position = serializers.ChoiceField(
        choices=[("before", "before"), ("after", "after"), ("in_chat", "in_chat")], default="after"
    )
    depth = serializers.IntegerField(min_value=0, max_value=notes.DEEPEST, default=4)
    role = serializers.ChoiceField(
        choices=[("system", "system"), ("user", "user"), ("assistant", "assistant")], default="system"
    )


class BookListView(APIView):
    @extend_schema(operation_id="conversations_books_list", responses=ChatBookSerializer(many=True))
    def get(self, request: Request, public_id: UUID) -> Response:
        """The lorebooks attached to this conversation; those of its persona and for every chat come besides."""
        rows = conversation_of(request, public_id).books.only("public_id", "name")
        return Response(ChatBookSerializer(rows, many=True).data)


class BookView(APIView):
    """Let the conversation read one's own lorebook (PUT), or no longer (DELETE). Both are safe to repeat."""

    @extend_schema(request=None, responses={204: None})
    def put(self, request: Request, public_id: UUID, book_id: UUID) -> Response:
        attach_book(conversation_of(request, public_id), _book(request, book_id))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, public_id: UUID, book_id: UUID) -> Response:
        detach_book(conversation_of(request, public_id), _book(request, book_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class NoteView(APIView):
    """The author's note: read it, write it, take it away."""

    @extend_schema(responses=NoteSerializer)
    def get(self, request: Request, public_id: UUID) -> Response:
        return Response(_note(conversation_of(request, public_id)))

    @extend_schema(request=NoteSerializer, responses=NoteSerializer)
    def put(self, request: Request, public_id: UUID) -> Response:
        conversation = conversation_of(request, public_id)
        given = NoteSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        return Response(_note(notes.write_note(conversation, **given.validated_data)))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, public_id: UUID) -> Response:
        notes.write_note(conversation_of(request, public_id), text="")
        return Response(status=status.HTTP_204_NO_CONTENT)


def _note(conversation: Conversation) -> Any:
    return NoteSerializer(
        {"text": "", "position": "after", "depth": 4, "role": "system", **conversation.author_note}
    ).data


def _book(request: Request, book_id: UUID) -> WorldBook:
    rows = WorldBook.objects.owned_by(request.user)
    return get_object_or_404(rows, public_id=book_id)
