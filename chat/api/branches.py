"""The tree of a conversation over the API: where it stands, its branches, its named places, what was deleted."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chat import branch_view, services
from chat.api.access import answer_with, any_message_of, conversation_of, me
from chat.api.serializers import ConversationSerializer
from chat.models import Checkpoint, Conversation, Message
from chat.services.naming import NAME_CHARS
from companion_site.core.api import CursorPagination

_WORDS = 120


class HeadSerializer(serializers.Serializer[Any]):
    message = serializers.UUIDField(help_text="The message that is to be the last one on show.")


class BranchSerializer(serializers.ModelSerializer[Message]):
    """Where a branch ends: its last message, the beginning of its words, and how many messages lead there."""

    message = serializers.UUIDField(source="public_id")
    last_words = serializers.SerializerMethodField()
    messages_count = serializers.SerializerMethodField()
    is_shown = serializers.SerializerMethodField()

    class Meta:
        model = Message
        fields = ["message", "role", "last_words", "messages_count", "is_shown", "created_at"]
        read_only_fields = fields

    def get_last_words(self, message: Message) -> str:
        return "" if message.removed_at else message.text[:_WORDS]

    def get_messages_count(self, message: Message) -> int:
        return message.depth + 1

    def get_is_shown(self, message: Message) -> bool:
        return bool(message.pk == self.context["end_on_show"])


class DeletedSerializer(serializers.ModelSerializer[Message]):
    """The first message of a deleted branch that can still be brought back."""

    message = serializers.UUIDField(source="public_id")
    first_words = serializers.SerializerMethodField()

    class Meta:
        model = Message
        fields = ["message", "role", "first_words", "deleted_at"]
        read_only_fields = fields

    def get_first_words(self, message: Message) -> str:
        return "" if message.removed_at else message.text[:_WORDS]


class CheckpointSerializer(serializers.ModelSerializer[Checkpoint]):
    """A named place of a conversation."""

    id = serializers.UUIDField(source="public_id")
    message = serializers.SlugRelatedField(slug_field="public_id", read_only=True)  # type: ignore[var-annotated]

    class Meta:
        model = Checkpoint
        fields = ["id", "name", "message", "created_at"]
        read_only_fields = fields


class NewCheckpointSerializer(serializers.Serializer[Any]):
    message = serializers.UUIDField()
    name = serializers.CharField(max_length=NAME_CHARS)


def _message_of(request: Request, conversation: Conversation, public_id: UUID) -> Message:
    """Return a living message of this very conversation; one of another chat does not exist here."""
    rows = Message.objects.owned_by(request.user).filter(conversation=conversation)
    return get_object_or_404(rows, public_id=public_id)


class HeadView(APIView):
    @extend_schema(request=HeadSerializer, responses=ConversationSerializer)
    def put(self, request: Request, public_id: UUID) -> Response:
        """Go to a message: it is the last one on show, and what is said next begins a branch there."""
        form = HeadSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        conversation = conversation_of(request, public_id)
        services.jump_to(me(request), _message_of(request, conversation, form.validated_data["message"]))
        return answer_with(request, conversation)


class RestorationView(APIView):
    @extend_schema(request=None, responses=ConversationSerializer)
    def post(self, request: Request, public_id: UUID) -> Response:
        """Bring back what was deleted with this message, and show it. Safe to repeat."""
        conversation = services.restore_message(me(request), any_message_of(request, public_id))
        return answer_with(request, conversation)


class BranchListView(generics.ListAPIView[Message]):
    """Where the branches of a conversation end, the newest first."""

    serializer_class = BranchSerializer
    pagination_class = type("_ByAge", (CursorPagination,), {"ordering": "-pk"})
    queryset = Message.objects.none()

    def get_queryset(self) -> QuerySet[Message]:
        return branch_view.ends_of(conversation_of(self.request, self.kwargs["public_id"]))

    def get_serializer_context(self) -> dict[str, Any]:
        end = None
        if "public_id" in self.kwargs:
            end = branch_view.end_on_show(conversation_of(self.request, self.kwargs["public_id"]))
        return {**super().get_serializer_context(), "end_on_show": end}


class DeletedListView(generics.ListAPIView[Message]):
    """What was deleted in the last 30 days and can be brought back, the last deleted first."""

    serializer_class = DeletedSerializer
    pagination_class = type("_ByDeletion", (CursorPagination,), {"ordering": ("-deleted_at", "-pk")})
    queryset = Message.objects.none()

    def get_queryset(self) -> QuerySet[Message]:
        return branch_view.deleted_of(conversation_of(self.request, self.kwargs["public_id"]))


class CheckpointListView(APIView):
    @extend_schema(operation_id="conversations_checkpoints_list", responses=CheckpointSerializer(many=True))
    def get(self, request: Request, public_id: UUID) -> Response:
        """The named places of a conversation; there are never more than 200."""
        places = branch_view.places_of(conversation_of(request, public_id))
        return Response(CheckpointSerializer(places, many=True).data)

    @extend_schema(request=NewCheckpointSerializer, responses={201: CheckpointSerializer})
    def post(self, request: Request, public_id: UUID) -> Response:
        """Name a message as a place to come back to; a place named again has the new name."""
        form = NewCheckpointSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        message = _message_of(request, conversation_of(request, public_id), form.validated_data["message"])
        place = services.name_checkpoint(me(request), message, name=form.validated_data["name"])
        return Response(CheckpointSerializer(place).data, status=status.HTTP_201_CREATED)


class CheckpointView(APIView):
    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, public_id: UUID) -> Response:
        """Take the name away; the message stays."""
        place = get_object_or_404(Checkpoint.objects.owned_by(request.user), public_id=public_id)
        services.remove_checkpoint(me(request), place)
        return Response(status=status.HTTP_204_NO_CONTENT)
