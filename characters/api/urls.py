from __future__ import annotations

from django.urls import URLPattern, path

from characters import converters  # noqa: F401 - registers `cardformat`
from characters.api import books, storylines, versions, views

app_name = "characters"


def entry_paths(prefix: str, name: str, listing: type[books.EntryListView]) -> list[URLPattern]:
    """Return the addresses of the entries of one kind of lorebook."""
    return [
        path(f"{prefix}entries/", listing.as_view(), name=f"{name}-entries"),
        path(f"{prefix}entries/order/", books.EntryOrderView.as_view(), name=f"{name}-order"),
        path(f"{prefix}entries/<entryref:ref>/", books.EntryView.as_view(), name=f"{name}-entry"),
        path(f"{prefix}scans/", books.ScanView.as_view(), name=f"{name}-scans"),
    ]


urlpatterns = [
    path("characters/", views.CharacterListView.as_view(), name="list"),
    path("characters/<str:slug>/", views.CharacterDetailView.as_view(), name="detail"),
    path("characters/<str:slug>/like/", views.LikeView.as_view(), name="like"),
    path("characters/<str:slug>/card.<cardformat:file_format>", views.ExportView.as_view(), name="export"),
    path("studio/characters/", views.DraftListView.as_view(), name="drafts"),
    path("studio/characters/<uuid:public_id>/", views.DraftView.as_view(), name="draft"),
    path("studio/characters/<uuid:public_id>/submissions/", views.SubmissionView.as_view(), name="submissions"),
    path("studio/characters/<uuid:public_id>/versions/", versions.VersionListView.as_view(), name="versions"),
    path(
        "studio/characters/<uuid:public_id>/versions/<int:number>/diff/",
        versions.DiffView.as_view(),
        name="version-diff",
    ),
    path(
        "studio/characters/<uuid:public_id>/versions/<int:number>/restorations/",
        versions.RestorationView.as_view(),
        name="restorations",
    ),
    *entry_paths("studio/characters/<uuid:public_id>/lorebook/", "lorebook", books.CharacterEntriesView),
    *entry_paths(
        "studio/characters/<uuid:public_id>/storylines/<uuid:storyline_id>/lorebook/",
        "storyline-lorebook",
        books.StorylineEntriesView,
    ),
    path("studio/books/", books.BookListView.as_view(), name="books"),
    path("studio/books/imports/", books.BookImportView.as_view(), name="book-imports"),
    path("studio/books/<uuid:book_id>/", books.BookView.as_view(), name="book"),
    path(
        "studio/books/<uuid:book_id>/book.<bookformat:file_format>.json",
        books.BookExportView.as_view(),
        name="book-export",
    ),
    path(
        "studio/books/<uuid:book_id>/personas/<uuid:persona_id>/", books.BookPersonaView.as_view(), name="book-persona"
    ),
    *entry_paths("studio/books/<uuid:book_id>/", "book", books.BookEntriesView),
    path("studio/characters/<uuid:public_id>/storylines/", storylines.StorylineListView.as_view(), name="storylines"),
    path(
        "studio/characters/<uuid:public_id>/storylines/<uuid:storyline_id>/",
        storylines.StorylineView.as_view(),
        name="storyline",
    ),
    path("studio/imports/", views.ImportView.as_view(), name="imports"),
]
