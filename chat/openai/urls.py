from __future__ import annotations

from django.urls import path

from chat.openai import views

app_name = "openai"

urlpatterns = [
    path("models", views.models, name="models"),
    path("models/<str:model>", views.model, name="model"),
    path("chat/completions", views.completions, name="completions"),
    path("<path:rest>", views.unknown, name="unknown"),
]
