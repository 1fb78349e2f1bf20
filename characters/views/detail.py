"""The character's page: a film poster one can walk into."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from characters import downloads, keys, services, storylines
from characters.avatar.catalogue import EXPRESSIONS
from characters.forms.face import MOOD_LABELS
from characters.forms.report import ReportForm
from characters.macros import expand
from characters.models import Character, CharacterVersion, Like
from characters.services.listing import is_ai_art
from characters.views import rows
from moderation.services import attach_report


@require_GET
def detail(request: HttpRequest, slug: str) -> HttpResponse:
    character = rows.visible(request, slug)
    version = character.published or CharacterVersion(character=character, number=0, card=character.card)
    # The row behind the version is the one just loaded: no second query for its owner.
    version.character = character
    card = keys.opened(character, version.view, request.user)
    ours = card.cardia
    reader = request.user.name if request.user.is_authenticated else _("you")
    context = {
        "character": character,
        "card": card,
        "ours": ours,
        "greeting": expand(card.first_mes, char=card.char, user=reader),
        "greetings_more": max(0, len(card.greetings) - 1),
        "notes": card.creator_notes,
        "storylines": storylines.teasers(version, request.user),
        "secrets": keys.secrets_of(version, request.user),
        "moods": [(mood, MOOD_LABELS[mood]) for mood in EXPRESSIONS] if not version.art else [],
        "is_ai_art": is_ai_art(version.art),
        "is_mine": character.owner_id == request.user.pk,
        "is_liked": Like.objects.filter(user=request.user.pk, character=character).exists(),
    }
    return render(request, "characters/character_detail.html", context)


@login_required
@require_POST
def like(request: HttpRequest, slug: str) -> HttpResponse:
    """Like, or take it back: the button says which."""
    character = rows.visible(request, slug)
    is_liked = request.POST.get("liked") == "1"
    (services.like if is_liked else services.unlike)(rows.me(request), character)
    if request.headers.get("HX-Request") == "true":
        return render(request, "characters/_like.html", {"character": character, "is_liked": is_liked})
    return redirect("characters:detail", slug=character.slug)


@require_GET
def export(request: HttpRequest, slug: str, file_format: str) -> HttpResponse:
    """Download the card. Nothing hidden is in it for those who do not own it."""
    character = rows.visible(request, slug)
    return downloads.attachment(services.export_card(character, request.user, file_format))


@login_required
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, slug: str) -> HttpResponse:
    """Tell the moderators what is wrong with a character."""
    character: Character = rows.visible(request, slug)
    form = ReportForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        attach_report(rows.me(request), "character", character.public_id, **form.report())
        messages.success(request, _("Thank you. A moderator will look at it, and you will be told what was decided."))
        return redirect("characters:detail", slug=character.slug)
    status = 422 if form.errors else 200
    return render(request, "characters/report.html", {"form": form, "character": character}, status=status)
