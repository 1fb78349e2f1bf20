"""One's own lorebooks: the shelf, a book, bringing one along, taking one away."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from characters.forms.book import BookFileForm, NewBookForm, TrialForm, WorldBookForm
from characters.models import WorldBook
from characters.services import books
from characters.views import reports, rows
from characters.views.lore import described
from characters.views.places import Place, owned_book, place_of
from companion_site.core.exceptions import DomainError
from companion_site.core.ratelimit import hit

PAGE = 24


@login_required
@require_GET
def shelf(request: HttpRequest) -> HttpResponse:
    mine = WorldBook.objects.owned_by(request.user).on_the_shelf()
    page = Paginator(mine, PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "form": NewBookForm(), "file_form": BookFileForm()}
    return render(request, "characters/book_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    form = NewBookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        book = books.create_book(rows.me(request), name=form.cleaned_data["name"])
        return redirect("characters:book", book.public_id)
    context = {"form": form, "file_form": BookFileForm()}
    return render(request, "characters/book_create.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def import_book(request: HttpRequest) -> HttpResponse:
    form = BookFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        user = rows.me(request)
        hit("import", user.pk, limit=20, window_seconds=60)
        upload = form.cleaned_data["file"]
        try:
            book, _report = books.import_book(user, upload.name, upload.read())
        except DomainError as error:
            form.add_error("file", described(error))
        else:
            messages.success(request, _("“%(name)s” has arrived.") % {"name": book.name})
            return redirect("characters:book", book.public_id)
    context = {"form": NewBookForm(), "file_form": form}
    return render(request, "characters/book_create.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def book(request: HttpRequest, book_id: UUID) -> HttpResponse:
    """A book: what it says of itself, where it is read, its entries, and a box to try it out."""
    place = place_of(request, book_id=book_id)
    assert isinstance(place.holder, WorldBook)
    user = rows.me(request)
    form = WorldBookForm(request.POST or None, holder=place.holder, user=user)
    if request.method == "POST" and form.is_valid():
        books.update_book(place.holder, is_everywhere=form.cleaned_data["is_everywhere"], **form.settings())
        books.attach_to_personas(place.holder, form.cleaned_data["personas"])
        messages.success(request, _("Saved"))
        return redirect(place.page)
    context = {**place.listing(request), **_book_page(place), "form": form}
    return render(request, "characters/book_detail.html", context, status=422 if form.errors else 200)


def _book_page(place: Place) -> dict[str, Any]:
    return {
        "place": place,
        "book": place.holder,
        "trial_form": TrialForm(),
        "file_form": BookFileForm(),
        "warnings": place.warnings,
        "groups": reports.groups(place.holder.import_report or {}) if isinstance(place.holder, WorldBook) else [],
    }


@login_required
@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, book_id: UUID) -> HttpResponse:
    found = owned_book(request, book_id)
    if request.method == "POST":
        books.delete_book(found)
        messages.success(request, _("“%(name)s” is gone.") % {"name": found.name})
        return redirect("characters:books")
    return render(request, "characters/book_delete.html", {"book": found})


@login_required
@require_GET
def export(request: HttpRequest, book_id: UUID, file_format: str) -> HttpResponse:
    made = books.export_book(owned_book(request, book_id), file_format)
    response = HttpResponse(made.content, content_type=made.content_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, made.filename) or "attachment"
    response.headers["Cache-Control"] = "private, no-store"
    return response
