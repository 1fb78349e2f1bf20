"""The history of one's character: what changed when, any two versions side by side, and the way back."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from characters import history
from characters.services.versions import restore_version, versions_of
from characters.views import rows
from companion_site.core.exceptions import NotFound


@login_required
@require_GET
def version_list(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show the versions; `before` and `after` in the address choose two to compare, else the draft is."""
    character = rows.owned(request, public_id)
    page, past = history.history(character, request.GET.get("page"))
    newest = str(character.published.number) if character.published is not None else history.DRAFT
    before, after = request.GET.get("before", newest), request.GET.get("after", history.DRAFT)
    comparison = history.compare(character, before, after)
    if comparison is None:
        raise NotFound
    context = {
        "character": character,
        "page": page,
        "past": past,
        "comparison": comparison,
        "choices": [history.DRAFT, *map(str, versions_of(character).values_list("number", flat=True)[:200])],
    }
    return render(request, "characters/version_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def restore(request: HttpRequest, public_id: UUID, number: int) -> HttpResponse:
    """Ask first (GET), showing what of the draft would go; then make the draft that version again (POST)."""
    character = rows.owned(request, public_id)
    version = versions_of(character).filter(number=number).first()
    if version is None:
        raise NotFound
    if request.method == "POST":
        restore_version(character, version)
        messages.success(request, _("The draft is version %(number)s again. Hand it in when you like.") % vars(version))
        return redirect("characters:versions", character.public_id)
    comparison = history.compare(character, history.DRAFT, str(number))
    context = {"character": character, "version": version, "comparison": comparison}
    return render(request, "characters/version_restore.html", context)
