"""From a request to a fan and their rows: the only way in, for pages on the event loop too."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, ParamSpec
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect

from accounts.models import User
from chat import database, jobs, services
from chat.exceptions import SignInFirst
from chat.models import Conversation, Message
from chat.models.message import MessageQuerySet
from chat.turn import Turn

P = ParamSpec("P")


def sign_in_required(view: Callable[P, HttpResponse]) -> Callable[P, Any]:
    """Django's `login_required`, but a script is told to sign in first: it cannot follow to a page."""

    @wraps(view)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        request = args[0]
        assert isinstance(request, HttpRequest)
        if request.user.is_authenticated:
            return view(*args, **kwargs)
        if is_fragment(request):
            raise SignInFirst
        return redirect_to_login(request.get_full_path())

    return wrapped


def async_login_required(view: Callable[P, Awaitable[HttpResponseBase]]) -> Callable[P, Any]:
    """Django's `login_required` for views on the event loop, with the user read in a database thread."""

    @wraps(view)
    async def wrapped(*args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        request = args[0]
        assert isinstance(request, HttpRequest)
        # Most often a middleware has already read the user; only else it takes a thread.
        is_read = hasattr(request, "_cached_user")
        if request.user.is_authenticated if is_read else await database.run(lambda: request.user.is_authenticated):
            return await view(*args, **kwargs)
        if is_fragment(request):
            raise SignInFirst
        return redirect_to_login(request.get_full_path())

    return wrapped


def is_fragment(request: HttpRequest) -> bool:
    """Whether a script asks for a piece of the page."""
    return request.headers.get("HX-Request") == "true"


def fan_of(request: HttpRequest) -> User:
    """Return the signed-in fan; the view is behind a login decorator."""
    assert isinstance(request.user, User)
    return request.user


def conversation_of(request: HttpRequest, public_id: UUID) -> Conversation:
    """Return one of the fan's own conversations; anything else does not exist."""
    found = Conversation.objects.room_of(request.user, public_id)
    if found is None:
        raise Http404
    return found


def message_of(request: HttpRequest, public_id: UUID) -> Message:
    """Return one of the messages of the fan's own conversations; anything else does not exist."""
    return _with_room(Message.objects.owned_by(request.user), public_id)


def any_message_of(request: HttpRequest, public_id: UUID) -> Message:
    """Return one of the fan's messages, a deleted one too: for what deletes, restores and edits."""
    return _with_room(Message.objects.with_deleted_of(request.user), public_id)


def _with_room(rows: MessageQuerySet, public_id: UUID) -> Message:
    rows = rows.select_related("parent", "conversation__character")
    return get_object_or_404(
        rows.defer("conversation__character__card", "conversation__character__envelope"), public_id=public_id
    )


def reply_of(request: HttpRequest, public_id: UUID) -> Message:
    """Return as much of one of the fan's own replies as following it takes; raise `SignInFirst` for nobody."""
    if not request.user.is_authenticated:
        raise SignInFirst
    found = Message.objects.followed_by(request.user, public_id)
    if found is None:
        raise Http404
    return found


def turn_of(request: HttpRequest, conversation: Conversation, reply: Message) -> Turn:
    """Return the turn of a reply just promised, with notes in the reader's language."""
    return services.open_turn(conversation, reply, ui_language=getattr(request, "LANGUAGE_CODE", "en"))


async def begin(request: HttpRequest, promise: Callable[[], tuple[Conversation, Message]]) -> Conversation:
    """Promise a reply in a database thread and start writing it here; refuse first when this process is full."""

    def accept() -> tuple[Conversation, Turn]:
        conversation, reply = promise()
        return conversation, turn_of(request, conversation, reply)

    with jobs.admit(fan_of(request).pk):
        conversation, turn = await database.run(accept)
        await jobs.start(turn)
    return conversation


def back(conversation: Conversation) -> HttpResponse:
    """Lead a form without script back to the conversation."""
    return redirect("chat:conversation", conversation.public_id)
