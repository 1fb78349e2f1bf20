"""Operators may read labels."""

from __future__ import annotations

from django.contrib import admin

from training.models import Label


@admin.register(Label)
class LabelAdmin(admin.ModelAdmin[Label]):
    list_display = ["kind", "message", "trainer", "created_at"]
    list_filter = ["kind"]
    raw_id_fields = ["message", "trainer"]
