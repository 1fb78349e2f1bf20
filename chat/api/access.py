"""From an API request to a fan's rows, and from a promised reply to the job that writes it."""

from __future__ import annotations

from uuid import UUID

from asgiref.sync import async_to_sync
from django.http import Http404
from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from chat import jobs, services
from chat.api.serializers import ConversationSerializer
from chat.models import Conversation, Message
from chat.models.message import MessageQuerySet


def me(request: Request) -> User:
    """Return the signed-in fan; the API lets nobody else in."""
    user: User = request.user  # type: ignore[assignment]
    return user


def conversation_of(request: Request, public_id: UUID) -> Conversation:
    """Return one of the fan's own conversations; anything else does not exist."""
    found = Conversation.objects.room_of(me(request), public_id)
    if found is None:
        raise Http404
    return found


def message_of(request: Request, public_id: UUID) -> Message:
    """Return one of the fan's own messages; anything else does not exist."""
    return _with_room(Message.objects.owned_by(request.user), public_id)


def any_message_of(request: Request, public_id: UUID) -> Message:
    """Return one of the fan's own messages, a deleted one too: for what deletes, restores and edits."""
    return _with_room(Message.objects.with_deleted_of(request.user), public_id)


def _with_room(rows: MessageQuerySet, public_id: UUID) -> Message:
    return get_object_or_404(rows.select_related("parent", "conversation"), public_id=public_id)


def answer_with(request: Request, conversation: Conversation) -> Response:
    """Answer with the conversation as it stands now."""
    found = conversation_of(request, conversation.public_id)
    return Response(ConversationSerializer(found).data)


def start_reply(request: Request, conversation_id: int, reply: Message) -> None:
    """Begin to write a promised reply on the server's own event loop."""
    conversation = Conversation.objects.with_cast().get(pk=conversation_id)
    turn = services.open_turn(conversation, reply, ui_language=getattr(request, "LANGUAGE_CODE", "en"))
    async_to_sync(jobs.start)(turn)
    reply.refresh_from_db()
