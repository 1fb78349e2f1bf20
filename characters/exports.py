"""What people take with them: every card of theirs with its hidden storylines, and every lorebook."""

from __future__ import annotations

from accounts.models import User
from characters.models import Character, WorldBook
from characters.services.storylines import storyline_rows
from characters.services.versions import draft_of


def export_studio(user: User) -> list[dict[str, object]]:
    """Return the user's characters as Character Card V3 objects, oldest first."""
    mine = Character.objects.owned_by(user).order_by("pk")
    return [
        {
            "slug": character.slug,
            "status": character.status,
            "card": {**character.envelope, "spec": "chara_card_v3", "spec_version": "3.0", "data": character.card},
            "storylines": storyline_rows(draft_of(character), user),
        }
        for character in mine
    ]


def export_books(user: User) -> list[dict[str, object]]:
    """Return the user's lorebooks as stand-alone books of Character Card V3, oldest first."""
    mine = WorldBook.objects.owned_by(user).prefetch_related("personas").order_by("pk")
    return [
        {
            **book.envelope,
            "spec": "lorebook_v3",
            "data": {**book.data, "name": book.name},
            "is_everywhere": book.is_everywhere,
            "personas": [persona.name for persona in book.personas.all()],
        }
        for book in mine
    ]
