"""What a creator takes with them: every card of theirs with its hidden storylines."""

from __future__ import annotations

from accounts.models import User
from characters.models import Character
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
