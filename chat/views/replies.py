"""A reply while it is written, and what a fan may do with it afterwards."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from chat import database, jobs, services, tailing
from chat.models import Conversation, Message
from chat.views.access import (
    async_login_required,
    back,
    begin,
    conversation_of,
    fan_of,
    is_fragment,
    message_of,
    reply_of,
)
from chat.views.messages import whole_log
from companion_site.core import sse


@require_GET
async def stream(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Follow a reply, from the beginning or from `Last-Event-ID`, until it ends or ten minutes have passed."""
    reply = await database.run(reply_of, request, public_id)  # signed in or not is asked in the same visit
    after = request.headers.get("Last-Event-ID", "") or request.GET.get("after", "")
    frames = tailing.frames(reply, after=after)
    return StreamingHttpResponse(frames, content_type="text/event-stream", headers=sse.HEADERS)


@async_login_required
@require_POST
async def stop(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """End a reply where it is; stopping one that has ended changes nothing."""

    def end() -> Message:
        reply = message_of(request, public_id)
        services.stop_reply(fan_of(request), reply)
        return reply

    reply = await database.run(end)
    await jobs.stop_and_wait(str(public_id))
    return await database.run(whole_log, request, reply.conversation)


def _promise(
    request: HttpRequest, public_id: UUID, service: Callable[[User, Message], Message]
) -> Callable[[], tuple[Conversation, Message]]:
    def promise() -> tuple[Conversation, Message]:
        message = message_of(request, public_id)
        reply = service(fan_of(request), message)
        return conversation_of(request, message.conversation.public_id), reply

    return promise


@async_login_required
@require_POST
async def regenerate(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Ask for another answer, as a swipe; a failed one is tried again in its place, words without one are answered."""
    conversation = await begin(request, _promise(request, public_id, services.regenerate))
    return await database.run(whole_log, request, conversation)


@async_login_required
@require_POST
async def go_on(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Let the character go on: in place where it was cut off, else as a swipe that begins with the whole text."""
    conversation = await begin(request, _promise(request, public_id, services.continue_reply))
    return await database.run(whole_log, request, conversation)


@login_required
@require_POST
def rate(request: HttpRequest, public_id: UUID) -> HttpResponse:
    message = message_of(request, public_id)
    rating = {"up": 1, "down": -1}.get(request.POST.get("thumb", ""), 0)
    # The same thumb once more takes it back.
    services.rate_reply(fan_of(request), message, rating=0 if message.rating == rating else rating)
    if not is_fragment(request):
        return back(message.conversation)
    return render(request, "chat/_thumbs.html", {"message": message})


@login_required
@require_GET
def why(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Answer "why did it say that?" from the stored trace."""
    message = message_of(request, public_id)
    template = "chat/why.html#panel" if is_fragment(request) else "chat/why.html"
    context = {"message": message, "trace": message.trace, "conversation": message.conversation}
    return render(request, template, context)
