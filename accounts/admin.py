"""Operators see accounts; passwords and roles change here, nothing else does."""

from __future__ import annotations

from django.contrib import admin

from accounts.models import Consent, Persona, User


@admin.register(User)
class UserAdmin(admin.ModelAdmin[User]):
    list_display = ["email", "display_name", "language", "region", "is_active", "is_staff", "date_joined"]
    list_filter = ["is_active", "is_staff", "groups", "language"]
    search_fields = ["email", "display_name"]
    ordering = ["-date_joined"]
    readonly_fields = ["public_id", "email", "password", "birth_on", "date_joined", "last_login"]
    filter_horizontal = ["groups"]
    exclude = ["user_permissions"]


@admin.register(Consent)
class ConsentAdmin(admin.ModelAdmin[Consent]):
    list_display = ["user", "kind", "text_version", "created_at", "withdrawn_at"]
    list_filter = ["kind"]
    readonly_fields = ["user", "kind", "text_version", "created_at", "withdrawn_at"]


@admin.register(Persona)
class PersonaAdmin(admin.ModelAdmin[Persona]):
    list_display = ["name", "user", "is_default", "created_at"]
    raw_id_fields = ["user"]
