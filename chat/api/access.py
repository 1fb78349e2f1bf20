"""From an API request to a fan's rows, and from a promised reply to the job that writes it."""

from __future__ import annotations

from uuid import UUID

from asgiref.sync import async_to_sync
from django.shortcuts import get_object_or_404
from rest_framework.request import Request

from accounts.models import User
from chat import jobs, services
from chat.models import Conversation, Message


def me(request: Request) -> User:
    """Return the signed-in fan; the API lets nobody else in."""
    user: User = request.user  # type: ignore[assignment]
    return user


def conversation_of(request: Request, public_id: UUID) -> Conversation:
    """Return one of the fan's own conversations; anything else does not exist."""
    return get_object_or_404(Conversation.objects.owned_by(request.user).with_cast(), public_id=public_id)


def start_reply(request: Request, conversation_id: int, reply: Message) -> None:
    """Begin to write a promised reply on the server's own event loop."""
    conversation = Conversation.objects.with_cast().get(pk=conversation_id)
    turn = services.open_turn(conversation, reply, ui_language=getattr(request, "LANGUAGE_CODE", "en"))
    async_to_sync(jobs.start)(turn)
    reply.refresh_from_db()
