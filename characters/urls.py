"""Addresses of characters and the studio, included at the site root."""

from __future__ import annotations

from django.urls import path

from characters import converters  # noqa: F401 - registers `cardformat`
from characters.views import builder, detail, discover, portraits, studio, versions

app_name = "characters"

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
    path("studio/<uuid:public_id>/<slug:slug>/", builder.step, name="step"),
    path("studio/<uuid:public_id>/<slug:slug>/autosave/", builder.autosave, name="autosave"),
]
