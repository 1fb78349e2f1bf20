from __future__ import annotations

from django.urls import path

from accounts import views

app_name = "accounts"

urlpatterns = [
    path("age/", views.age, name="age"),
    path("", views.settings, name="settings"),
    path("consent/", views.consent, name="consent"),
    path("theme/", views.theme, name="theme"),
    path("language/", views.language, name="language"),
    path("personas/", views.persona_list, name="persona-list"),
    path("personas/new/", views.persona_form, name="persona-create"),
    path("personas/<uuid:public_id>/", views.persona_form, name="persona-edit"),
    path("personas/<uuid:public_id>/default/", views.persona_default, name="persona-default"),
    path("personas/<uuid:public_id>/delete/", views.persona_delete, name="persona-delete"),
    path("keys/", views.key_list, name="key-list"),
    path("keys/<uuid:public_id>/revoke/", views.key_revoke, name="key-revoke"),
    path("export/", views.export, name="export"),
    path("delete/", views.delete, name="delete"),
]
