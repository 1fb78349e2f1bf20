from __future__ import annotations

from django.urls import path

from accounts.api import views

app_name = "accounts"

urlpatterns = [
    path("me/", views.MeView.as_view(), name="me"),
    path("me/personas/", views.PersonaListView.as_view(), name="personas"),
]
