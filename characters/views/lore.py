"""Editing the entries of a book, wherever it lies: the same pages for a shelf, a character and a storyline."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from characters import entries, keys, steps, trial
from characters.exceptions import EntryStale
from characters.forms.book import BookFileForm, BookForm, LockForm, TrialForm
from characters.forms.entry import EntryForm
from characters.forms.lore import LorebookForm
from characters.locks import Kind, Target, locks_of
from characters.lorewords import warnings_of
from characters.models import Character
from characters.services import books
from characters.views import builder, rows
from characters.views.places import Place, place_of
from companion_site.core.exceptions import DomainError
from companion_site.core.ratelimit import hit


@login_required
@require_http_methods(["GET", "POST"])
def step(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The lorebook step of the builder: a page of entries as quick rows."""
    place = place_of(request, public_id=public_id)
    character = place.holder
    assert isinstance(character, Character)
    listing = place.listing(request)
    if request.method == "GET":
        form = LorebookForm(card=character.draft, entries_shown=list(listing["page"]))
        return render(request, "characters/step_lorebook.html", _step_page(place, character, form, listing))
    form = LorebookForm(request.POST, card=character.draft)
    if not form.is_valid():
        return render(request, "characters/step_lorebook.html", _step_page(place, character, form, listing), status=422)
    books.change(character, form.edits().apply)
    here = steps.BY_SLUG["lorebook"]
    if request.POST.get("go") == "stay":
        return redirect(request.get_full_path())
    return redirect("characters:step", public_id, steps.after(here).slug)


def _step_page(place: Place, character: Character, form: LorebookForm, listing: dict[str, Any]) -> dict[str, Any]:
    page = builder.step_page(character, steps.BY_SLUG["lorebook"], form)
    return {**page, **listing, **_tools(place), "place": place}


@login_required
@require_POST
def autosave(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Keep what is being written; nothing is taken out before a real save."""
    character = rows.owned(request, public_id)
    form = LorebookForm(request.POST, card=character.draft)
    is_saved = form.is_valid()
    if is_saved:
        books.change(character, form.edits(keep_removed=True).apply)
    return render(request, "characters/_saved.html", {"is_saved": is_saved, **builder.panel(character)})


@login_required
@require_GET
def storyline_book(request: HttpRequest, public_id: UUID, storyline_id: UUID) -> HttpResponse:
    """The entries of a storyline's own lorebook."""
    place = place_of(request, public_id=public_id, storyline_id=storyline_id)
    context = {**place.listing(request), **_tools(place), "place": place, "storyline": place.holder}
    return render(request, "characters/book_storyline.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def entry(request: HttpRequest, ref: str, **ids: UUID) -> HttpResponse:
    """One entry with all its fields."""
    place = place_of(request, **ids)
    if request.method == "POST":
        return _save_entry(request, place, ref)
    return _entry_page(request, place, EntryForm(entry=place.entry(ref).raw), ref=ref)


@login_required
@require_http_methods(["GET", "POST"])
def add_entry(request: HttpRequest, **ids: UUID) -> HttpResponse:
    """A new entry."""
    place = place_of(request, **ids)
    form = EntryForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        placed = books.add_entry(place.holder, form.changes())
        return _after(request, place, placed.ref)
    return _entry_page(request, place, form)


def _save_entry(request: HttpRequest, place: Place, ref: str) -> HttpResponse:
    try:
        before = entries.entry_of(place.book, ref)
    except entries.EntryUnknown as exc:
        raise EntryStale(field="entry") from exc
    form = EntryForm(request.POST, entry=before.raw)
    lock_form = _lock_form(request, place, before.index)
    seen = request.POST.get("seen", "")
    if seen and seen != before.seen:
        return _entry_page(request, place, form, ref=ref, lock_form=lock_form, is_stale=True)
    is_locked = lock_form is not None and lock_form.is_bound
    if not form.is_valid() or (is_locked and lock_form is not None and not lock_form.is_valid()):
        return _entry_page(request, place, form, ref=ref, lock_form=lock_form)
    changes = form.changes()
    # The digest is taken again under the lock: what changed since this view began is refused too.
    placed = books.update_entry(place.holder, ref, changes, seen=before.seen) if changes else before
    if is_locked and lock_form is not None and lock_form.has_changed() and isinstance(place.holder, Character):
        books.lock_entry(place.holder, placed.ref, **lock_form.lock())
    return _after(request, place, placed.ref)


def _after(request: HttpRequest, place: Place, ref: str) -> HttpResponse:
    messages.success(request, _("The entry is kept."))
    if request.POST.get("go") == "stay":
        return redirect(place.url("entry", ref))
    return redirect(place.page)


def _entry_page(
    request: HttpRequest,
    place: Place,
    form: EntryForm,
    *,
    ref: str = "",
    lock_form: LockForm | None = None,
    is_stale: bool = False,
) -> HttpResponse:
    placed = place.entry(ref) if ref else None
    if placed is not None and lock_form is None:
        lock_form = _lock_form(request, place, placed.index)
    context = {
        "place": place,
        "form": form,
        "lock_form": lock_form,
        "placed": placed,
        "row": place.row(placed) if placed is not None else None,
        "is_stale": is_stale,
        "warnings": warnings_of({"entries": [placed.raw]}) if placed is not None else [],
    }
    status = 409 if is_stale else 422 if form.is_bound else 200
    return render(request, "characters/book_entry.html", context, status=status)


def _lock_form(request: HttpRequest, place: Place, index: int) -> LockForm | None:
    """Return the lock's form: only entries of a character's own lorebook can be locked."""
    character = place.holder
    if not isinstance(character, Character):
        return None
    card = character.draft
    lock = next((one.lock for one in locks_of(card) if one.target == Target(Kind.ENTRY, index)), None)
    offer = keys.lock_offers(character.owner_id, card).get(lock.offer) if lock is not None else None
    initial: dict[str, Any] = {"price_coins": offer.price_coins if offer is not None else 0}
    initial |= {"affinity": lock.affinity if lock is not None else 0, "title": lock.title if lock is not None else ""}
    is_sent = request.method == "POST" and "lock-affinity" in request.POST
    return LockForm(request.POST if is_sent else None, initial=initial, prefix="lock")


@login_required
@require_POST
def remove_entry(request: HttpRequest, ref: str, **ids: UUID) -> HttpResponse:
    place = place_of(request, **ids)
    books.remove_entry(place.holder, ref, seen=request.POST.get("seen", ""))
    messages.success(request, _("The entry is gone."))
    return redirect(place.page)


@login_required
@require_POST
def move_entry(request: HttpRequest, ref: str, **ids: UUID) -> HttpResponse:
    """Change places with the entry before or after."""
    place = place_of(request, **ids)
    books.move_entry(place.holder, ref, by=-1 if request.POST.get("go") == "up" else 1)
    return redirect(f"{place.page}?page={request.POST.get('page', '1')[:6]}#entry-{ref}")


@login_required
@require_http_methods(["GET", "POST"])
def settings(request: HttpRequest, **ids: UUID) -> HttpResponse:
    """What the book of a character or a storyline says of itself."""
    place = place_of(request, **ids)
    form = BookForm(request.POST or None, book=place.book)
    if request.method == "POST" and form.is_valid():
        books.configure(place.holder, form.settings())
        messages.success(request, _("Saved"))
        return redirect(place.page)
    context = {"place": place, "form": form}
    return render(request, "characters/book_settings.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def import_entries(request: HttpRequest, **ids: UUID) -> HttpResponse:
    """Add the entries of a lorebook file."""
    place = place_of(request, **ids)
    form = BookFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        hit("import", rows.me(request).pk, limit=20, window_seconds=60)
        upload = form.cleaned_data["file"]
        try:
            count, _report = books.import_entries(place.holder, upload.name, upload.read())
        except DomainError as error:
            form.add_error("file", described(error))
        else:
            messages.success(request, _("%(count)s entries came in.") % {"count": count})
            return redirect(place.page)
    context = {"place": place, "form": form}
    return render(request, "characters/book_import.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def scan(request: HttpRequest, **ids: UUID) -> HttpResponse:
    """Try the book out on a few lines; nothing is stored."""
    place = place_of(request, **ids)
    form = TrialForm(request.POST or None)
    found = None
    if request.method == "POST" and form.is_valid():
        user = rows.me(request)
        hit("lore-scan", user.pk, limit=30, window_seconds=60)
        found = trial.try_out(place.book, form.cleaned_data["text"], company_of(place, user.name))
    context = {"place": place, "trial_form": form, "found": found, "links": _links(place, found)}
    is_fragment = request.headers.get("HX-Request") == "true"
    template = "characters/book_scan.html#found" if is_fragment else "characters/book_scan.html"
    return render(request, template, context, status=422 if form.errors else 200)


def company_of(place: Place, user: str) -> trial.Company:
    """Return who the lines of a trial are said to."""
    return trial.Company.of(place.character.draft, user) if place.character is not None else trial.Company(user=user)


def described(error: DomainError) -> str:
    """Return a refusal with its place in the file before it."""
    place = f"{error.extra['path']}: " if error.extra.get("path") else ""
    return f"{place}{error.detail}"


def _links(place: Place, found: trial.Trial | None) -> list[tuple[trial.Woken, str]]:
    return [(row, place.url("entry", row.ref) if row.ref else "") for row in (found.rows if found else ())]


def _tools(place: Place) -> dict[str, Any]:
    return {"trial_form": TrialForm(), "file_form": BookFileForm(), "warnings": place.warnings}
