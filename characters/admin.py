"""The operators' view: read-only where a service has a rule."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from characters import services
from characters.models import Character, CharacterVersion, Storyline


class ReadOnly(admin.ModelAdmin[Any]):
    """Shows rows; changes go through the services."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Character)
class CharacterAdmin(ReadOnly):
    """Of a character operators change nothing but its adapter."""

    list_display = ("name", "slug", "owner", "status", "language", "rating", "likes_count", "published_at")
    list_filter = ("status", "language", "rating", "scene")
    search_fields = ("name", "slug", "owner__email")
    list_select_related = ("owner",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return admin.ModelAdmin.has_change_permission(self, request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [field.name for field in Character._meta.fields if field.name != "adapter"]

    def save_model(self, request: HttpRequest, obj: Character, form: Any, change: bool) -> None:  # noqa: FBT001
        services.give_adapter(obj, name=form.cleaned_data["adapter"])


@admin.register(CharacterVersion)
class CharacterVersionAdmin(ReadOnly):
    list_display = ("character", "number", "created_at")
    list_select_related = ("character",)
    exclude = ("storylines",)


@admin.register(Storyline)
class StorylineAdmin(ReadOnly):
    list_display = ("title", "character", "offer")
    list_select_related = ("character", "offer")
    exclude = ("knowledge", "scenes")
