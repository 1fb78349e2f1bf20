"""The tree under the fan's hands: back to a place, give it a name, delete a branch, bring it back."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chat import branch_view, services, stage_view
from chat.forms import PlaceForm, TitleForm, UndoForm
from chat.models import Checkpoint, Message
from chat.views.access import any_message_of, conversation_of, fan_of, is_fragment, message_of
from chat.views.messages import whole_log
from chat.views.pages import log_context

PAGE = 40


def show_message(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Return one message as the log shows it now."""
    message = message_of(request, public_id)
    shown = [stage_view.shown_message(message)]
    return render(request, "chat/_log.html", log_context(request, message.conversation, shown))


@login_required
@require_GET
@never_cache
def branches(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show where the branches of a conversation end and which places have a name."""
    return _branches(request, public_id)


def _branches(request: HttpRequest, public_id: UUID, form: TitleForm | None = None) -> HttpResponse:
    found = conversation_of(request, public_id)
    page = Paginator(branch_view.ends_of(found), PAGE).get_page(request.GET.get("page"))
    context = {
        "conversation": found,
        "character": found.character,
        "form": form or TitleForm(initial={"title": found.title}),
        "page": page,
        "end_on_show": branch_view.end_on_show(found),
        "places": branch_view.places_of(found),
        "deleted_count": branch_view.deleted_of(found).count(),
    }
    return render(request, "chat/branches.html", context, status=422 if form is not None else 200)


@login_required
@require_GET
@never_cache
def deleted(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show what was deleted in the last thirty days, each branch with the way back."""
    found = conversation_of(request, public_id)
    page = Paginator(branch_view.deleted_of(found), PAGE).get_page(request.GET.get("page"))
    context = {
        "conversation": found,
        "character": found.character,
        "page": page,
        "rows": branch_view.counted(page.object_list),
        "days": services.KEPT.days,
    }
    return render(request, "chat/deleted_list.html", context)


@login_required
@require_POST
def rename(request: HttpRequest, public_id: UUID) -> HttpResponse:
    form = TitleForm(request.POST)
    if not form.is_valid():
        return _branches(request, public_id, form)
    services.rename_conversation(conversation_of(request, public_id), **form.cleaned_data)
    messages.success(request, _("Saved."))
    return redirect("chat:branches", public_id)


@login_required
@require_http_methods(["GET", "POST"])
@never_cache
def delete(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Ask whether a message and what follows it may go (GET); delete it, with the way back in sight (POST)."""
    if request.method == "POST":
        return _delete(request, any_message_of(request, public_id))
    message = message_of(request, public_id)
    context = {
        "message": message,
        "conversation": message.conversation,
        "following": Message.objects.count_branch(message.pk) - 1,
        "days": services.KEPT.days,
    }
    template = "chat/message_delete.html#form" if is_fragment(request) else "chat/message_delete.html"
    return render(request, template, context)


def _delete(request: HttpRequest, message: Message) -> HttpResponse:
    before = Message.objects.filter(pk=message.conversation.head_id or 0).values_list("public_id", flat=True).first()
    shown = str(before or "")
    conversation = services.delete_message(fan_of(request), message)
    if not is_fragment(request):
        address = reverse("chat:conversation", args=[conversation.public_id])
        return redirect(f"{address}?{urlencode({'deleted': message.public_id, 'shown': shown})}")
    undo = branch_view.Undo(message, shown)
    return whole_log(request, conversation_of(request, conversation.public_id), undo=undo)


@login_required
@require_POST
def restore(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Bring a deleted branch back and show it; an undo says what was `shown` before."""
    message, form = any_message_of(request, public_id), UndoForm(request.POST)
    named = form.cleaned_data["shown"] if form.is_valid() else None
    shown = message.conversation.messages.filter(public_id=named).first() if named else None
    conversation = services.restore_message(fan_of(request), message, shown=shown)
    return whole_log(request, conversation_of(request, conversation.public_id))


@login_required
@require_POST
def jump(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Go back, or over, to a message; what follows it stays where it is."""
    conversation = services.jump_to(fan_of(request), message_of(request, public_id))
    return whole_log(request, conversation_of(request, conversation.public_id))


@login_required
@require_http_methods(["GET", "POST"])
@never_cache
def place(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Ask for a place's name (GET) and give it (POST)."""
    message = message_of(request, public_id)
    known = message.checkpoints.order_by("pk").first()
    form = PlaceForm(request.POST or None, initial={"name": known.name if known is not None else ""})
    if request.method == "POST" and form.is_valid():
        services.name_checkpoint(fan_of(request), message, **form.cleaned_data)
        if is_fragment(request):
            return show_message(request, public_id)
        return redirect(f"{reverse('chat:conversation', args=[message.conversation.public_id])}#m-{public_id}")
    context = {"message": message, "conversation": message.conversation, "form": form, "known": known}
    template = "chat/place.html#form" if is_fragment(request) else "chat/place.html"
    return render(request, template, context, status=422 if form.errors else 200)


@login_required
@require_POST
def place_remove(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take a place's name away; a script gets the message as it is shown now, a form the list."""
    found = get_object_or_404(
        Checkpoint.objects.owned_by(request.user).select_related("message", "conversation"), public_id=public_id
    )
    services.remove_checkpoint(fan_of(request), found)
    if is_fragment(request):
        return show_message(request, found.message.public_id)
    return redirect("chat:branches", found.conversation.public_id)
