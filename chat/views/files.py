"""Taking a chat home as a file, and bringing one."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from chat import filing, services
from chat.exceptions import CharacterUnknown, ChatFileRefused
from chat.forms import ChatFileForm
from chat.views.access import conversation_of, fan_of


@login_required
@require_GET
def export(request: HttpRequest, public_id: UUID, chat_format: str = "json") -> HttpResponse:
    """Give the whole tree as our JSON, the branch on show as SillyTavern's lines, or each branch so in a zip."""
    return filing.as_file(conversation_of(request, public_id), chat_format)


@login_required
@require_http_methods(["GET", "POST"])
def bring(request: HttpRequest) -> HttpResponse:
    """Take in a chat file; what was not understood is told on the page after it."""
    fan = fan_of(request)
    named = request.POST.get("character") or request.GET.get("character", "")
    form = ChatFileForm(request.POST or None, request.FILES or None, fan=fan, named=named)
    if request.method == "POST" and form.is_valid():
        data, character = filing.read(form.cleaned_data["file"]), form.cleaned_data["character"]
        try:
            made = services.import_chat(fan, data, character=character)
        except (ChatFileRefused, CharacterUnknown) as error:
            form.add_error("file" if isinstance(error, ChatFileRefused) else "character", str(error.detail))
        else:
            return redirect("chat:imported", made.conversation.public_id)
    return render(request, "chat/import.html", {"form": form}, status=422 if form.errors else 200)


@login_required
@require_GET
def imported(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Tell what was made of a file, as long as its first message is there."""
    found = conversation_of(request, public_id)
    first = found.messages.order_by("pk").only("trace").first()
    report = first.trace.get("import") if first is not None else None
    if report is None:
        raise Http404
    return render(
        request, "chat/imported.html", {"conversation": found, "character": found.character, "report": report}
    )
