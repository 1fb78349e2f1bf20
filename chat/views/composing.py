"""What the composer does besides sending words: a stage direction, and a line drafted for the fan."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from chat import database, drafting, jobs, services, stage_view
from chat.forms import MessageForm
from chat.views.access import (
    async_login_required,
    conversation_of,
    fan_of,
    sign_in_required,
)
from chat.views.messages import taken
from chat.views.pages import stage_context


@sign_in_required
@require_POST
def direct(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take a stage direction and begin the reply; a script gets the note and the bubble to come."""
    return taken(request, public_id, services.direct)


@async_login_required
@require_POST
async def draft(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Suggest what the fan could say; nothing is sent. A form without script gets the page with the line in it."""
    with jobs.admit(fan_of(request).pk):
        opened = await database.run(_open, request, public_id)
        text = await drafting.write(opened)
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"text": text})
    return await database.run(_page, request, public_id, text)


def _open(request: HttpRequest, public_id: UUID) -> services.OpenDraft:
    return services.open_draft(conversation_of(request, public_id), fan_of(request))


def _page(request: HttpRequest, public_id: UUID, text: str) -> HttpResponse:
    found = conversation_of(request, public_id)
    context = stage_context(request, found, stage_view.shown_messages(found))
    return render(request, "chat/conversation.html", context | {"form": MessageForm(initial={"text": text})})
