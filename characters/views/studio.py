"""The studio: one's own characters, starting and importing, handing in, deleting."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from characters import services
from characters.exceptions import CardIncomplete
from characters.forms.face import ArtForm
from characters.forms.search import ImportForm, NewCharacterForm
from characters.models import Character
from characters.steps import Step, first_open
from characters.views import reports, rows
from companion_site.core.exceptions import DomainError, NotFound
from companion_site.core.ratelimit import hit


@dataclass(frozen=True, slots=True)
class Card:
    """A character on the studio's wall with what to do next."""

    character: Character
    next_step: Step


@login_required
@require_GET
def studio(request: HttpRequest) -> HttpResponse:
    mine = Character.objects.owned_by(request.user).with_cards().prefetch_related("storylines").order_by("-updated_at")
    cards = [Card(character, first_open(character)) for character in mine]
    return render(request, "characters/studio.html", {"cards": cards})


@login_required
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    form = NewCharacterForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        character = services.create_character(rows.me(request), name=form.cleaned_data["name"])
        return redirect("characters:edit", character.public_id)
    context = {"form": form, "import_form": ImportForm()}
    return render(request, "characters/create.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def import_card(request: HttpRequest) -> HttpResponse:
    """Take a card, or a lorebook that stands alone, and show what was done with it."""
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        user = rows.me(request)
        hit("import", user.pk, limit=20, window_seconds=60)
        upload = form.cleaned_data["file"]
        try:
            made = services.import_file(user, upload.name, upload.read())
        except DomainError as error:
            form.refuse(error)
        else:
            return redirect(reports.place(made))
    return render(request, "characters/import.html", {"form": form}, status=422 if form.errors else 200)


@login_required
@require_GET
def import_report(request: HttpRequest, public_id: UUID) -> HttpResponse:
    character = rows.owned(request, public_id)
    if character.import_report is None:
        raise NotFound
    context = {"character": character, **reports.page(character)}
    return render(request, "characters/import_report.html", context)


@login_required
@require_POST
def submit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    character = rows.owned(request, public_id)
    try:
        services.submit_for_review(character)
    except CardIncomplete as error:
        messages.error(request, str(error.detail))
    else:
        messages.success(request, _("Handed in. Automatic checks run now, then a moderator reads it."))
    return redirect("characters:step", character.public_id, "review")


@login_required
@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, public_id: UUID) -> HttpResponse:
    character = rows.owned(request, public_id)
    if request.method == "POST":
        services.delete_draft(character)
        messages.success(request, _("“%(name)s” is gone.") % {"name": character.name})
        return redirect("characters:studio")
    return render(request, "characters/delete.html", {"character": character})


@login_required
@require_POST
def art(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take the creator's own picture, or go back to the drawn face."""
    character = rows.owned(request, public_id)
    if "remove" in request.POST:
        services.set_art(character, None)
        return redirect("characters:step", character.public_id, "face")
    form = ArtForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            services.set_art(character, form.cleaned_data["art"].read())
        except DomainError as error:
            form.add_error("art", str(error.detail))
        else:
            messages.success(request, _("The picture is in. The drawn face waits underneath."))
            return redirect("characters:step", character.public_id, "face")
    return render(request, "characters/art.html", {"form": form, "character": character}, status=422)
