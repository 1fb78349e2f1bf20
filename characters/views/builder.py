"""The builder: one page a step, autosaved while one writes, the same form without script."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from characters import linter, services, steps
from characters.avatar.catalogue import ACCESSORIES, CLOTHS, COLOURS, EXPRESSIONS, HAIRS, MOVING, PARTS, SKINS
from characters.cards import fields
from characters.forms.base import Changes, StepForm
from characters.forms.face import MOOD_LABELS, ArtForm, FaceForm
from characters.forms.locks import lock_initial
from characters.forms.storyline import StorylineForm
from characters.models import Character
from characters.services.locks import save_step
from characters.services.review import examine
from characters.steps import Step
from characters.views import rows
from characters.wording import finding
from companion_site.core.exceptions import NotFound
from companion_site.core.text import estimate_tokens

# Steps drawn in their own way; the others are their form's fields one below the other.
_DRAWN = {"identity", "face", "style", "greeting", "lorebook", "reflexes", "storyline", "review"}


@login_required
@require_GET
def edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    character = rows.owned(request, public_id)
    return redirect("characters:step", character.public_id, steps.first_open(character).slug)


@login_required
@require_http_methods(["GET", "POST"])
def step(request: HttpRequest, public_id: UUID, slug: str) -> HttpResponse:
    character, here = _place(request, public_id, slug)
    form = _form(request, character, here)
    if request.method == "POST" and form is not None and form.is_valid():
        _save(character, form.changes())
        stays = request.POST.get("go") == "stay"
        return redirect("characters:step", character.public_id, (here if stays else steps.after(here)).slug)
    status = 422 if request.method == "POST" else 200
    return render(request, _template(slug), step_page(character, here, form), status=status)


@login_required
@require_POST
def autosave(request: HttpRequest, public_id: UUID, slug: str) -> HttpResponse:
    """Keep what is being written: all of it when it is valid, nothing when a field needs a look."""
    character, here = _place(request, public_id, slug)
    if here.form is None:
        raise NotFound
    form = here.form(request.POST, card=character.draft)
    is_saved = form.is_valid()
    if is_saved:
        _save(character, form.changes())
    return render(request, "characters/_saved.html", {"is_saved": is_saved, **panel(character)})


@login_required
@require_POST
def add_storyline(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Start a hidden storyline under a working title and open it."""
    character = rows.owned(request, public_id)
    storyline = services.start_storyline(character)
    return redirect("characters:storyline", character.public_id, storyline.public_id)


@login_required
@require_http_methods(["GET", "POST"])
def storyline(request: HttpRequest, public_id: UUID, storyline_id: UUID) -> HttpResponse:
    found = rows.owned_storyline(request, public_id, storyline_id)
    form = StorylineForm(request.POST if request.method == "POST" else None, storyline=found)
    if request.method == "POST" and form.is_valid():
        services.update_storyline(found, **form.texts())
        if request.POST.get("go") == "stay":
            return redirect("characters:storyline", public_id, storyline_id)
        return redirect("characters:step", public_id, "storyline")
    character = rows.owned(request, public_id)
    context = {**step_page(character, steps.BY_SLUG["storyline"], None), "form": form, "storyline": found}
    context["entries_count"] = len(fields.objects(found.lorebook, "entries"))
    status = 422 if request.method == "POST" else 200
    return render(request, "characters/storyline_form.html", context, status=status)


@login_required
@require_POST
def autosave_storyline(request: HttpRequest, public_id: UUID, storyline_id: UUID) -> HttpResponse:
    found = rows.owned_storyline(request, public_id, storyline_id)
    form = StorylineForm(request.POST, storyline=found)
    is_saved = form.is_valid()
    if is_saved:
        services.update_storyline(found, **form.texts())
    return render(request, "characters/_saved.html", {"is_saved": is_saved, **panel(found.character)})


@login_required
@require_POST
def remove_storyline(request: HttpRequest, public_id: UUID, storyline_id: UUID) -> HttpResponse:
    services.remove_storyline(rows.owned_storyline(request, public_id, storyline_id))
    return redirect("characters:step", public_id, "storyline")


def _place(request: HttpRequest, public_id: UUID, slug: str) -> tuple[Character, Step]:
    here = steps.BY_SLUG.get(slug)
    if here is None:
        raise NotFound
    return rows.owned(request, public_id), here


def _template(slug: str) -> str:
    return f"characters/step_{slug}.html" if slug in _DRAWN else "characters/step.html"


def _form(request: HttpRequest, character: Character, here: Step) -> StepForm | None:
    if here.form is None:
        return None
    sent = request.POST if request.method == "POST" else None
    return here.form(sent, card=character.draft, initial=lock_initial(character))


def _save(character: Character, changes: Changes) -> None:
    save_step(character, data=changes.data, cardia=changes.cardia, entries=changes.entries, wishes=changes.wishes)


def step_page(character: Character, here: Step, form: StepForm | None) -> dict[str, Any]:
    context: dict[str, Any] = {
        "character": character,
        "here": here,
        "steps": [(one, one.is_done(character)) for one in steps.STEPS],
        "previous": steps.before(here),
        "form": form,
        **panel(character),
    }
    if isinstance(form, FaceForm):
        context |= _face_page(form)
    if here.slug == "storyline":
        context["storylines"] = character.storylines.select_related("offer", "prerequisite")
    return context


def panel(character: Character) -> dict[str, Any]:
    """Return what stands beside every step: tokens and the doctor's findings on the draft as saved."""
    found = examine(character)
    tokens = linter.prompt_tokens(character.draft, estimate_tokens)
    return {
        "character": character,
        "tokens": tokens,
        "tokens_limit": linter.PROMPT_TOKENS,
        "findings": [(one, finding(one), steps.BY_SLUG[one.step]) for one in found],
        "blockers_count": sum(one.level is linter.Level.BLOCKER for one in found),
    }


def _face_page(form: FaceForm) -> dict[str, Any]:
    return {
        "parts": [form[name] for name in PARTS if name != "head"] + [form["head"]],
        "accessories": [form[name] for name in ACCESSORIES],
        "colours": [(form[name], _SWATCHES.get(name, ())) for name in COLOURS],
        "garment_colours": [(form["garment_color"], CLOTHS), (form["garment_trim"], CLOTHS)],
        "moods": [(mood, MOOD_LABELS[mood], [form[f"{mood}_{part}"] for part in MOVING]) for mood in EXPRESSIONS],
        "art_form": ArtForm(),
        "accents": _ACCENTS,
    }


_SWATCHES = {"skin_color": SKINS, "hair_color": HAIRS}
_ACCENTS = ("#b48cff", "#8fb7d9", "#ff6b9d", "#6fe3b4", "#ffb347", "#ff8a7a", "#9cc4ff", "#e6d36f", "#7fd1ff")
