from __future__ import annotations

from django.urls import path

from characters import converters  # noqa: F401 - registers `cardformat`
from characters.api import versions, views

app_name = "characters"

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
    path("studio/imports/", views.ImportView.as_view(), name="imports"),
]
