"""From an address to a row: the only ways these views take."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest

from accounts.models import User
from characters.models import Character, Storyline
from companion_site.core.exceptions import NotFound


def visible(request: HttpRequest, slug: str) -> Character:
    """Return the character the reader may know of, or raise `NotFound`."""
    found = Character.objects.with_cards().visible_to(request.user).filter(slug=slug).first()
    if found is None:
        raise NotFound
    return found


def owned(request: HttpRequest, public_id: UUID) -> Character:
    """Return the reader's own character, or raise `NotFound`."""
    found = Character.objects.with_cards().owned_by(request.user).filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def owned_storyline(request: HttpRequest, public_id: UUID, storyline_id: UUID) -> Storyline:
    """Return a storyline of the reader's own character, or raise `NotFound`."""
    rows = Storyline.objects.select_related("character", "offer")
    mine = Character.objects.owned_by(request.user).filter(public_id=public_id)
    found = rows.filter(character__in=mine, public_id=storyline_id).first()
    if found is None:
        raise NotFound
    return found


def me(request: HttpRequest) -> User:
    """Return the signed-in user; only behind `login_required`."""
    user: User = request.user  # type: ignore[assignment]
    return user
