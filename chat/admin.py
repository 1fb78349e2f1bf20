"""Operators see that a conversation exists and how its turns went; what was said stays between two."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from chat.models import Conversation, Memory, Message


class _ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False


@admin.register(Conversation)
class ConversationAdmin(_ReadOnly):
    list_display = ["public_id", "character", "scene", "turns_count", "last_message_at"]
    fields = ["public_id", "character", "version", "scene", "turns_count", "last_message_at", "archived_at"]


@admin.register(Message)
class MessageAdmin(_ReadOnly):
    list_display = ["public_id", "role", "status", "model", "ooc_score", "created_at"]
    list_filter = ["role", "status"]
    fields = ["public_id", "role", "status", "model", "prompt_hash", "seed", "ooc_score", "error", "attempt"]


@admin.register(Memory)
class MemoryAdmin(_ReadOnly):
    list_display = ["public_id", "kind", "language", "told_at"]
    fields = ["public_id", "kind", "language", "told_at", "due_on", "recalled_at"]
