"""Conversations over the API: the same services as the pages."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from asgiref.sync import async_to_sync
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.authentication import TokenAuthentication
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from characters.models import Character
from chat import database, jobs, services, tailing
from chat.api import serializers
from chat.api.access import answer_with, any_message_of, conversation_of, me, message_of, start_reply
from chat.exceptions import SignInFirst
from chat.models import Conversation, Memory, Message
from companion_site.core import sse
from companion_site.core.api import CursorPagination


class _ByMessage(CursorPagination):
    ordering = "-pk"


class ConversationListView(generics.ListAPIView[Conversation]):
    """One's own conversations, the latest first."""

    serializer_class = serializers.ConversationSerializer
    pagination_class = type("_ByRecency", (CursorPagination,), {"ordering": "-last_message_at"})
    queryset = Conversation.objects.none()

    def get_queryset(self) -> QuerySet[Conversation]:
        rows = Conversation.objects.owned_by(self.request.user).filter(archived_at=None)
        return rows.select_related("character", "head").defer("character__card", "character__envelope", "head__trace")

    @extend_schema(request=serializers.NewConversationSerializer, responses={201: serializers.ConversationSerializer})
    def post(self, request: Request) -> Response:
        """Open the conversation with a character; it has spoken its greeting already."""
        form = serializers.NewConversationSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        wanted = form.validated_data
        character = get_object_or_404(Character.objects.visible_to(request.user), slug=wanted["character"])
        conversation = services.start_conversation(
            me(request), character, afresh=wanted["afresh"], rehearsal=wanted["rehearsal"]
        )
        return Response(serializers.ConversationSerializer(conversation).data, status=status.HTTP_201_CREATED)


class ConversationView(APIView):
    @extend_schema(responses=serializers.ConversationSerializer)
    def get(self, request: Request, public_id: UUID) -> Response:
        conversation = conversation_of(request, public_id)
        services.refresh_greetings(conversation)
        return Response(serializers.ConversationSerializer(conversation).data)

    @extend_schema(request=serializers.TitleSerializer, responses=serializers.ConversationSerializer)
    def patch(self, request: Request, public_id: UUID) -> Response:
        """Give the chat one's own name; an empty one takes it away."""
        form = serializers.TitleSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        conversation = services.rename_conversation(conversation_of(request, public_id), **form.validated_data)
        return Response(serializers.ConversationSerializer(conversation).data)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, public_id: UUID) -> Response:
        """Put the conversation away: out of the list, still in the export."""
        services.archive_conversation(conversation_of(request, public_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class ExportView(APIView):
    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request, public_id: UUID) -> Response:
        """The whole tree, with what was made by AI marked as such."""
        return Response(services.export_conversation(conversation_of(request, public_id)))


class MessageListView(generics.ListAPIView[Message]):
    """Every message of the tree, newest first; `parent_id` and the `head` give the branch on show."""

    serializer_class = serializers.MessageSerializer
    pagination_class = _ByMessage
    queryset = Message.objects.none()
    throttle_scope = "chat"

    def get_queryset(self) -> QuerySet[Message]:
        conversation = get_object_or_404(
            Conversation.objects.owned_by(self.request.user), public_id=self.kwargs["public_id"]
        )
        return conversation.messages.living().select_related("parent").defer("trace", "parent__trace", "parent__text")

    @extend_schema(request=serializers.NewMessageSerializer, responses={202: serializers.TurnSerializer})
    def post(self, request: Request, public_id: UUID) -> Response:
        """Say something. The reply is being written when this answers: follow its `stream`."""
        form = serializers.NewMessageSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        with jobs.admit(me(request).pk):
            sent = services.send_message(conversation_of(request, public_id), me(request), **form.validated_data)
            if sent.is_new:
                start_reply(request, sent.message.conversation_id, sent.reply)
        return Response(serializers.TurnSerializer(sent).data, status=status.HTTP_202_ACCEPTED)


class EditView(APIView):
    throttle_scope = "chat"

    @extend_schema(responses=serializers.EditorSerializer)
    def get(self, request: Request, public_id: UUID) -> Response:
        """The words as they stand, with the stamp an edit of them sends back."""
        message = message_of(request, public_id)
        editor = {"text": "" if message.removed_at else message.text, "stamp": services.edit_stamp(message)}
        return Response(serializers.EditorSerializer(editor).data)

    @extend_schema(request=serializers.EditSerializer, responses={202: serializers.MessageSerializer})
    def post(self, request: Request, public_id: UUID) -> Response:
        """Branch off with other words. One's own get a new reply, which is returned; a character's become a swipe."""
        form = serializers.EditSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        with jobs.admit(me(request).pk):
            done = services.edit_message(me(request), any_message_of(request, public_id), **form.validated_data)
            if isinstance(done, services.Sent):
                if done.is_new:
                    start_reply(request, done.message.conversation_id, done.reply)
                done = done.reply
        return Response(serializers.MessageSerializer(done).data, status=status.HTTP_202_ACCEPTED)


class SelectionView(APIView):
    @extend_schema(request=None, responses=serializers.ConversationSerializer)
    def post(self, request: Request, public_id: UUID) -> Response:
        """Show this swipe and the branch that hangs on it."""
        message = services.select_swipe(me(request), message_of(request, public_id))
        return answer_with(request, message.conversation)


class ReportView(APIView):
    throttle_scope = "report"

    @extend_schema(request=serializers.ReportSerializer, responses={204: None})
    def post(self, request: Request, public_id: UUID) -> Response:
        """Report a message; reporting it twice is reporting it once."""
        form = serializers.ReportSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        services.report_message(me(request), message_of(request, public_id), **form.validated_data)
        return Response(status=status.HTTP_204_NO_CONTENT)


class MessageView(APIView):
    @extend_schema(responses=serializers.MessageSerializer)
    def get(self, request: Request, public_id: UUID) -> Response:
        return Response(serializers.MessageSerializer(message_of(request, public_id)).data)

    @extend_schema(request=None, responses=serializers.ConversationSerializer)
    def delete(self, request: Request, public_id: UUID) -> Response:
        """Delete a message and all that hangs on it; it can be brought back for 30 days. Safe to repeat."""
        conversation = services.delete_message(me(request), any_message_of(request, public_id))
        return answer_with(request, conversation)


class TraceView(APIView):
    @extend_schema(responses=serializers.TraceSerializer)
    def get(self, request: Request, public_id: UUID) -> Response:
        """Why did it say that? Mood, memories, lore and examples used, scene, model, tokens and timings."""
        return Response(serializers.TraceSerializer(message_of(request, public_id)).data)


class _TurnView(APIView):
    """Begins another attempt at a reply."""

    throttle_scope = "chat"

    def _begin(self, request: Request, public_id: UUID, service: Callable[[User, Message], Message]) -> Response:
        with jobs.admit(me(request).pk):
            reply = service(me(request), message_of(request, public_id))
            start_reply(request, reply.conversation_id, reply)
        return Response(serializers.MessageSerializer(reply).data, status=status.HTTP_202_ACCEPTED)


class AlternativeView(_TurnView):
    @extend_schema(request=None, responses={202: serializers.MessageSerializer})
    def post(self, request: Request, public_id: UUID) -> Response:
        """Another answer to the same message, as a swipe; a failed one is tried again in its place.

        Given one's own message, or a direction, it is answered anew: for words whose reply was deleted.
        """
        return self._begin(request, public_id, services.regenerate)


class ContinuationView(_TurnView):
    @extend_schema(request=None, responses={202: serializers.MessageSerializer})
    def post(self, request: Request, public_id: UUID) -> Response:
        """Let the character go on: in place where it was cut off, else as a swipe that begins with the whole text."""
        return self._begin(request, public_id, services.continue_reply)


class StopView(APIView):
    @extend_schema(request=None, responses=serializers.MessageSerializer)
    def post(self, request: Request, public_id: UUID) -> Response:
        """End a reply where it is; stopping one that has ended changes nothing."""
        reply = message_of(request, public_id)
        services.stop_reply(me(request), reply)
        async_to_sync(jobs.stop_and_wait)(str(public_id))
        reply.refresh_from_db()
        return Response(serializers.MessageSerializer(reply).data)


class RatingView(APIView):
    @extend_schema(request=serializers.RatingSerializer, responses=serializers.MessageSerializer)
    def put(self, request: Request, public_id: UUID) -> Response:
        """Give a thumb, or take it back."""
        form = serializers.RatingSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        reply = services.rate_reply(me(request), message_of(request, public_id), rating=form.validated_data["rating"])
        return Response(serializers.MessageSerializer(reply).data)


class MemoryListView(generics.ListAPIView[Memory]):
    """What the character of a conversation remembers of its fan, the latest first."""

    serializer_class = serializers.MemorySerializer
    pagination_class = type("_ByTelling", (CursorPagination,), {"ordering": "-told_at"})
    queryset = Memory.objects.none()

    def get_queryset(self) -> QuerySet[Memory]:
        conversation = get_object_or_404(
            Conversation.objects.owned_by(self.request.user), public_id=self.kwargs["public_id"]
        )
        rows = Memory.objects.owned_by(self.request.user).filter(character=conversation.character_id)
        return rows.select_related("message")


class MemoryView(APIView):
    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, public_id: UUID) -> Response:
        """Let the character forget this."""
        memory = get_object_or_404(Memory.objects.owned_by(request.user), public_id=public_id)
        services.forget_memory(me(request), memory)
        return Response(status=status.HTTP_204_NO_CONTENT)


async def stream(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Follow a reply as server-sent events: `start`, `mood`, `memory`, `delta`, `replaced`, `problem`, `done`.

    A plain view on the event loop: the framework's own views have none. Session or token, as everywhere here.
    """
    reply = await database.run(_followed, request, public_id)
    frames = tailing.frames(reply, after=request.headers.get("Last-Event-ID", ""))
    return StreamingHttpResponse(frames, content_type="text/event-stream", headers=sse.HEADERS)


def _followed(request: HttpRequest, public_id: UUID) -> Message:
    user = request.user
    if not user.is_authenticated:
        found = TokenAuthentication().authenticate(Request(request))
        if found is None:
            raise SignInFirst
        user = request.user = found[0]
    reply = Message.objects.followed_by(user, public_id)
    if reply is None:
        raise Http404
    return reply
