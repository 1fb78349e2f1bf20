"""The search index: tokens of what a stranger may read of a live character, and nothing else."""

from __future__ import annotations

from django.db import models

from characters.models.character import Character


class SearchDocument(models.Model):
    """Space-separated tokens of one live character; an engine's own full-text index lies over this table."""

    character = models.OneToOneField(
        Character, on_delete=models.CASCADE, primary_key=True, related_name="search_document"
    )
    names = models.TextField(blank=True)
    tags = models.TextField(blank=True)
    body = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"search:{self.character_id}"
