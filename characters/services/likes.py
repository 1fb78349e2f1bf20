"""Likes. Both directions are safe to repeat."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from accounts.models import User
from characters.models import Character, Like


@transaction.atomic
def like(user: User, character: Character) -> Character:
    """Let `user` like the character."""
    _row, is_new = Like.objects.get_or_create(user=user, character=character)
    if is_new:
        _count(character, 1)
    return character


@transaction.atomic
def unlike(user: User, character: Character) -> Character:
    """Take the like back."""
    deleted, _rows = Like.objects.filter(user=user, character=character).delete()
    if deleted:
        _count(character, -1)
    return character


def _count(character: Character, step: int) -> None:
    Character.objects.filter(pk=character.pk).update(likes_count=F("likes_count") + step)
    character.refresh_from_db(fields=["likes_count"])
