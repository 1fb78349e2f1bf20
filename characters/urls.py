"""Addresses of characters and the studio, included at the site root."""

from __future__ import annotations

from django.urls import URLPattern, path

from characters import converters  # noqa: F401 - registers `cardformat`
from characters.views import books, builder, detail, discover, lore, portraits, studio, versions

app_name = "characters"


def entry_paths(prefix: str, name: str) -> list[URLPattern]:
    """Return the addresses of the entries of one kind of lorebook: the same views for all."""
    return [
        path(f"{prefix}new/", lore.add_entry, name=f"{name}-entry-add"),
        path(f"{prefix}settings/", lore.settings, name=f"{name}-settings"),
        path(f"{prefix}import/", lore.import_entries, name=f"{name}-entries-import"),
        path(f"{prefix}scan/", lore.scan, name=f"{name}-scan"),
        path(f"{prefix}<entryref:ref>/", lore.entry, name=f"{name}-entry"),
        path(f"{prefix}<entryref:ref>/remove/", lore.remove_entry, name=f"{name}-entry-remove"),
        path(f"{prefix}<entryref:ref>/move/", lore.move_entry, name=f"{name}-entry-move"),
    ]


urlpatterns = [
    path("discover/", discover.discover, name="discover"),
    path("c/<str:slug>/", detail.detail, name="detail"),
    path("c/<str:slug>/like/", detail.like, name="like"),
    path("c/<str:slug>/report/", detail.report, name="report"),
    path("c/<str:slug>/card.<cardformat:file_format>", detail.export, name="export"),
    path("c/<str:slug>/portrait/<slug:expression>.svg", portraits.portrait, name="portrait"),
    path("studio/", studio.studio, name="studio"),
    path("studio/new/", studio.create, name="create"),
    path("studio/import/", studio.import_card, name="import"),
    path("studio/books/", books.shelf, name="books"),
    path("studio/books/new/", books.create, name="book-create"),
    path("studio/books/import/", books.import_book, name="book-import"),
    path("studio/books/<uuid:book_id>/", books.book, name="book"),
    path("studio/books/<uuid:book_id>/delete/", books.delete, name="book-delete"),
    path("studio/books/<uuid:book_id>/book.<bookformat:file_format>.json", books.export, name="book-export"),
    *entry_paths("studio/books/<uuid:book_id>/", "book"),
    path("studio/face.svg", portraits.face, name="face"),
    path("studio/parts/<slug:name>/<slug:variant>.svg", portraits.part, name="part"),
    path("studio/<uuid:public_id>/", builder.edit, name="edit"),
    path("studio/<uuid:public_id>/report/", studio.import_report, name="import-report"),
    path("studio/<uuid:public_id>/submit/", studio.submit, name="submit"),
    path("studio/<uuid:public_id>/delete/", studio.delete, name="delete"),
    path("studio/<uuid:public_id>/art/", studio.art, name="art"),
    path("studio/<uuid:public_id>/portrait/<slug:expression>.svg", portraits.draft_portrait, name="draft-portrait"),
    path("studio/<uuid:public_id>/versions/", versions.version_list, name="versions"),
    path("studio/<uuid:public_id>/versions/<int:number>/restore/", versions.restore, name="version-restore"),
    path("studio/<uuid:public_id>/storylines/", builder.add_storyline, name="storyline-add"),
    path("studio/<uuid:public_id>/storylines/<uuid:storyline_id>/", builder.storyline, name="storyline"),
    path(
        "studio/<uuid:public_id>/storylines/<uuid:storyline_id>/autosave/",
        builder.autosave_storyline,
        name="storyline-autosave",
    ),
    path(
        "studio/<uuid:public_id>/storylines/<uuid:storyline_id>/remove/",
        builder.remove_storyline,
        name="storyline-remove",
    ),
    path("studio/<uuid:public_id>/lorebook/", lore.step, name="lorebook"),
    path("studio/<uuid:public_id>/lorebook/autosave/", lore.autosave, name="lorebook-autosave"),
    *entry_paths("studio/<uuid:public_id>/lorebook/", "lorebook"),
    path(
        "studio/<uuid:public_id>/storylines/<uuid:storyline_id>/lorebook/",
        lore.storyline_book,
        name="storyline-lorebook",
    ),
    *entry_paths("studio/<uuid:public_id>/storylines/<uuid:storyline_id>/lorebook/", "storyline-lorebook"),
    path("studio/<uuid:public_id>/<slug:slug>/", builder.step, name="step"),
    path("studio/<uuid:public_id>/<slug:slug>/autosave/", builder.autosave, name="autosave"),
]
