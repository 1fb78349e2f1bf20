"""The new version of a character one talks to: what is different, and the choice to meet it or to stay."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from chat.forms import VersionForm
from chat.services import versions
from chat.views.access import back, conversation_of
from companion_site.core.exceptions import Invalid


@login_required
@require_http_methods(["GET", "POST"])
@never_cache
def version(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show what a newer version changes (GET); meet it, or stay with the present one (POST)."""
    found = conversation_of(request, public_id)
    if request.method == "POST":
        return _choose(request, public_id)
    newer = versions.newer_version(found)
    if newer is None:
        return back(found)
    told = versions.what_changes(found, newer, request.LANGUAGE_CODE)
    context = {"conversation": found, "character": found.character, "told": told}
    return render(request, "chat/version.html", context)


def _choose(request: HttpRequest, public_id: UUID) -> HttpResponse:
    found, form = conversation_of(request, public_id), VersionForm(request.POST)
    if not form.is_valid():
        raise Invalid(field=next(iter(form.errors)))
    number, words = form.cleaned_data["version"], {"name": found.character.name}
    if form.cleaned_data["choice"] == "take":
        versions.take_version(found, number)
        messages.success(request, _("From now on you talk with the new %(name)s. What was said stays.") % words)
    else:
        versions.keep_version(found, number)
        messages.success(request, _("%(name)s stays as you know them.") % words)
    return back(found)
