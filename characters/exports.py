"""What a creator takes with them: every card of theirs with its hidden storylines."""

from __future__ import annotations

from accounts.models import User
from characters.models import Character


def export_studio(user: User) -> list[dict[str, object]]:
    """Return the user's characters as Character Card V3 objects, oldest first."""
    mine = Character.objects.owned_by(user).prefetch_related("storylines__offer").order_by("pk")
    return [
        {
            "slug": character.slug,
            "status": character.status,
            "card": {**character.envelope, "spec": "chara_card_v3", "spec_version": "3.0", "data": character.card},
            "storylines": [
                {
                    "title": story.title,
                    "teaser": story.teaser,
                    "knowledge": story.knowledge,
                    "scenes": story.scenes,
                    "price_coins": story.offer.price_coins,
                }
                for story in character.storylines.all()
            ],
        }
        for character in mine
    ]
