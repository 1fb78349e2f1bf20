"""The list, the stage, and what belongs to a conversation as a whole."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from characters.models import Character
from chat import branch_view, paces, services, stage_view, warm
from chat.branch_view import Undo
from chat.forms import ChatFileForm, MessageForm
from chat.models import Conversation, Memory
from chat.stage_view import Shown
from chat.views.access import conversation_of, fan_of
from moderation import helplines

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")


@login_required
@require_GET
def conversation_list(request: HttpRequest) -> HttpResponse:
    fan = fan_of(request)
    context = {"conversations": stage_view.listed(fan), "file_form": ChatFileForm(fan=fan)}
    return render(request, "chat/conversation_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Open the fan's conversation with a character; a GET (a link followed after signing in) asks first."""
    character = get_object_or_404(Character.objects.visible_to(request.user), slug=slug)
    if request.method == "GET":
        return render(request, "chat/start.html", {"character": character})
    conversation = services.start_conversation(
        fan_of(request),
        character,
        afresh=bool(request.POST.get("afresh")),
        rehearsal=bool(request.POST.get("rehearsal")),
    )
    return redirect("chat:conversation", conversation.public_id)


def log_context(request: HttpRequest, conversation: Conversation, shown: list[Shown]) -> dict[str, Any]:
    """Return what `chat/_log.html` is rendered from."""
    fan = fan_of(request)
    manner = paces.manner_of(conversation)
    for row in shown:
        row.manner = manner
    return {
        "conversation": conversation,
        "character": conversation.character,
        "shown": shown,
        # A piece that is added to a log is short, and what came before it is on the page already.
        "earlier": shown[0].message if len(shown) >= stage_view.PAGE and shown[0].message.parent_id else None,
        "undo": None,
        "helplines": helplines.for_region(fan.region, request.LANGUAGE_CODE) if any(s.cards for s in shown) else (),
    }


@login_required
@require_GET
@never_cache
def conversation(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show the page of one conversation; without script, `before` leads to earlier words here too."""
    found = conversation_of(request, public_id)
    warm.soon(found)
    services.refresh_greetings(found)
    context = stage_context(request, found, _branch(request, found))
    return render(request, "chat/conversation.html", context | {"undo": _just_deleted(request, found)})


def _just_deleted(request: HttpRequest, found: Conversation) -> Undo | None:
    """Return the deletion that the address names, so that a page without script offers the way back too."""
    named, shown = request.GET.get("deleted", ""), request.GET.get("shown", "")
    message = branch_view.deleted_of(found).filter(public_id=named).first() if _UUID.match(named) else None
    return Undo(message, shown if _UUID.match(shown) else "") if message is not None else None


def stage_context(request: HttpRequest, found: Conversation, shown: list[Shown]) -> dict[str, Any]:
    """Return what the whole page is rendered from."""
    fan = fan_of(request)
    return log_context(request, found, shown) | {
        "conversations": stage_view.listed(fan),
        "room": stage_view.room_of(found, fan),
        "may_speak": services.may_speak(found.character, fan),
        "form": MessageForm(),
    }


def _branch(request: HttpRequest, found: Conversation) -> list[Shown]:
    """Return the branch on show, or what came before the message that the address names."""
    before = request.GET.get("before", "")
    if not before:
        return stage_view.shown_messages(found)
    oldest = found.messages.living().filter(public_id=before).first() if _UUID.match(before) else None
    if oldest is None or oldest.parent_id is None:
        raise Http404
    return stage_view.shown_messages(found, head_id=oldest.parent_id)


@login_required
@require_GET
@never_cache
def log(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Return the log alone, for a script; `before` shows what came before a message."""
    found = conversation_of(request, public_id)
    return render(request, "chat/_log.html", log_context(request, found, _branch(request, found)))


@login_required
@require_GET
@never_cache
def head(request: HttpRequest, public_id: UUID) -> JsonResponse:
    """Say where the conversation stands, so that another tab can tell whether it has moved."""
    rows = Conversation.objects.owned_by(request.user).select_related("head").defer("head__text", "head__trace")
    found = get_object_or_404(rows, public_id=public_id)
    last = found.head
    return JsonResponse(
        {
            "head": f"{last.public_id}.{last.attempt}" if last is not None else "",
            "running": last is not None and not last.is_final,
            "memories": Memory.objects.owned_by(request.user).filter(character=found.character_id).count(),
        }
    )


@login_required
@require_POST
def scene(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Change the scene; the next reply is drawn in it."""
    found = conversation_of(request, public_id)
    services.choose_scene(found, request.POST.get("scene", ""))
    return redirect("chat:conversation", found.public_id)


@login_required
@require_POST
def archive(request: HttpRequest, public_id: UUID) -> HttpResponse:
    services.archive_conversation(conversation_of(request, public_id))
    messages.success(request, _("The conversation is put away. It stays in your export."))
    return redirect("chat:list")


@login_required
@require_GET
def memories(request: HttpRequest, public_id: UUID) -> HttpResponse:
    found = conversation_of(request, public_id)
    rows = Memory.objects.owned_by(request.user).filter(character=found.character_id).order_by("-told_at")[:200]
    context = {"conversation": found, "character": found.character, "memories": rows}
    return render(request, "chat/memory_list.html", context)


@login_required
@require_POST
def forget(request: HttpRequest, public_id: UUID, memory_id: UUID) -> HttpResponse:
    found = conversation_of(request, public_id)
    memory = get_object_or_404(
        Memory.objects.owned_by(request.user).filter(character=found.character_id), public_id=memory_id
    )
    services.forget_memory(fan_of(request), memory)
    messages.success(request, _("Forgotten."))
    return redirect("chat:memories", found.public_id)
