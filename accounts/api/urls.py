from __future__ import annotations

from django.urls import path

from accounts.api import keys, views

app_name = "accounts"

urlpatterns = [
    path("me/", views.MeView.as_view(), name="me"),
    path("me/personas/", views.PersonaListView.as_view(), name="personas"),
    path("me/keys/", keys.KeyListView.as_view(), name="keys"),
    path("me/keys/<uuid:public_id>/", keys.KeyView.as_view(), name="key"),
]
