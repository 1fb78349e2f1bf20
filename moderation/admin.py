"""Operators read cases and decisions; nobody changes them here."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from moderation.models import Case, Decision, Notice


class ReadOnly(admin.ModelAdmin[Any]):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Case)
class CaseAdmin(ReadOnly):
    list_display = ["title", "subject_kind", "family", "source", "severity", "status", "created_at"]
    list_filter = ["status", "family", "source", "severity"]


@admin.register(Decision)
class DecisionAdmin(ReadOnly):
    list_display = ["case", "outcome", "policy_code", "moderator", "created_at"]
    list_filter = ["outcome", "policy_code"]


@admin.register(Notice)
class NoticeAdmin(ReadOnly):
    list_display = ["title", "user", "kind", "role", "created_at", "read_at"]
    list_filter = ["kind", "role"]
