"""The public API, version 1: one namespace an app."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("accounts.api.urls")),
    path("", include("billing.api.urls")),
    path("", include("moderation.api.urls")),
    path("", include("characters.api.urls")),
    path("", include("chat.api.urls")),
]
