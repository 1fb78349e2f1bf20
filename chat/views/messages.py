"""Sending, editing, choosing and reporting messages."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chat import database, jobs, services, stage_view
from chat.branch_view import Undo
from chat.forms import EditForm, MessageForm, ReportForm
from chat.models import Conversation
from chat.turn import Turn
from chat.views.access import (
    any_message_of,
    async_login_required,
    back,
    conversation_of,
    fan_of,
    is_fragment,
    message_of,
    sign_in_required,
    turn_of,
)
from chat.views.pages import log_context


@sign_in_required
@require_POST
def send(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take a fan's message and begin the reply; a script gets the two new bubbles."""
    return taken(request, public_id, services.send_message)


def taken(request: HttpRequest, public_id: UUID, accept: Callable[..., services.Sent]) -> HttpResponse:
    """Let a service accept the fan's words, begin the reply and answer with both.

    For plain views: the request has a thread of its own already, and only starting the job is the event loop's.
    """
    with jobs.admit(fan_of(request).pk):
        form = MessageForm(request.POST)
        conversation = conversation_of(request, public_id)
        sent = accept(conversation, fan_of(request), **form.checked())
        if sent.is_new:
            async_to_sync(jobs.start)(turn_of(request, conversation, sent.reply))
    if not is_fragment(request):
        return back(conversation)
    if jobs.is_eager():  # the reply has ended already
        sent.reply.refresh_from_db()
    shown = stage_view.fresh(sent.message, sent.reply)
    return render(request, "chat/_log.html", log_context(request, conversation, shown))


@login_required
@require_GET
@never_cache
def show(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Return one message as the log shows it, for a script whose stream has ended."""
    message = message_of(request, public_id)
    return render(
        request, "chat/_log.html", log_context(request, message.conversation, [stage_view.shown_message(message)])
    )


@async_login_required
@require_http_methods(["GET", "POST"])
async def edit(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Branch off with other words: a fan's message gets a new reply, a character's becomes a swipe."""
    form = EditForm(request.POST or None)
    if request.method == "GET":
        return await database.run(_edit_page, request, public_id, form)
    with jobs.admit(fan_of(request).pk):
        conversation, turn = await database.run(_rewrite, request, public_id, form.checked())
        if turn is not None:
            await jobs.start(turn)
    return await database.run(whole_log, request, conversation)


def _edit_page(request: HttpRequest, public_id: UUID, form: EditForm) -> HttpResponse:
    message = message_of(request, public_id)
    form.initial = {"text": message.text, "stamp": services.edit_stamp(message)}
    template = "chat/edit.html#form" if is_fragment(request) else "chat/edit.html"
    return render(request, template, {"form": form, "message": message, "conversation": message.conversation})


def _rewrite(request: HttpRequest, public_id: UUID, data: dict[str, str]) -> tuple[Conversation, Turn | None]:
    message = any_message_of(request, public_id)
    done = services.edit_message(fan_of(request), message, **data)
    conversation = conversation_of(request, message.conversation.public_id)
    if isinstance(done, services.Sent) and done.is_new:
        return conversation, turn_of(request, conversation, done.reply)
    return conversation, None


def whole_log(request: HttpRequest, conversation: Conversation, *, undo: Undo | None = None) -> HttpResponse:
    """Answer a script with the log as it stands now, a form with the page; `undo` is what was just deleted."""
    if not is_fragment(request):
        return back(conversation)
    conversation.refresh_from_db(fields=["head"])
    shown = stage_view.shown_messages(conversation)
    return render(request, "chat/_log.html", log_context(request, conversation, shown) | {"undo": undo})


@login_required
@require_POST
def select(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show another swipe and the branch that hangs on it."""
    message = services.select_swipe(fan_of(request), message_of(request, public_id))
    return whole_log(request, message.conversation)


@login_required
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, public_id: UUID) -> HttpResponse:
    message = message_of(request, public_id)
    form = ReportForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.report_message(fan_of(request), message, **form.cleaned_data)
        messages.success(request, _("Thank you. A moderator will read it; you will be told what was decided."))
        return redirect("chat:conversation", message.conversation.public_id)
    context = {"form": form, "shown": stage_view.shown_message(message), "conversation": message.conversation}
    return render(request, "chat/report.html", context, status=422 if form.errors else 200)
