"""Addresses of the desk and of notices, included at the site root."""

from __future__ import annotations

from django.urls import path

from moderation.views import desk, notices

app_name = "moderation"

urlpatterns = [
    path("desk/", desk.queue, name="queue"),
    path("desk/<uuid:public_id>/", desk.case, name="case"),
    path("notices/", notices.notices, name="notices"),
    path("notices/read/", notices.mark_read, name="notices-read"),
]
