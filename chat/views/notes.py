"""What a fan gives a conversation besides words: lorebooks of their own, and an author's note."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chat.forms import BooksForm, NoteForm
from chat.services.books import choose_books
from chat.services.notes import write_note
from chat.views.access import conversation_of, fan_of
from companion_site.core.exceptions import DomainError


@login_required
@require_http_methods(["GET", "POST"])
def notes(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The page of both; `which` says whose form was sent."""
    found = conversation_of(request, public_id)
    which = request.POST.get("which", "")
    books = BooksForm(request.POST if which == "books" else None, conversation=found, fan=fan_of(request))
    note = NoteForm(request.POST if which == "note" else None, note=found.author_note)
    if which == "books" and books.is_valid():
        choose_books(found, books.cleaned_data["books"])
    elif which == "note" and note.is_valid():
        try:
            write_note(found, **note.note())
        except DomainError as error:
            note.add_error("text", str(error.detail))
    if which and not books.errors and not note.errors:
        messages.success(request, _("Saved. The next reply knows it."))
        return redirect("chat:notes", found.public_id)
    context = {"conversation": found, "character": found.character, "books_form": books, "note_form": note}
    return render(request, "chat/notes.html", context, status=422 if books.errors or note.errors else 200)
