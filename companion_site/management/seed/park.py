"""The characters of the park, published, and one that waits for review."""

from __future__ import annotations

from accounts.models import User
from characters import services as characters
from characters.cards.schema import CharacterCard
from characters.models import Character, Storyline
from companion_site.management.seed.sources import Source, book_data, card_data

# The creator's own; the house made the rest.
OF_THE_CREATOR = {"shen-guhong", "luo-ying", "aoi", "liang-buwen"}


def make_character(source: Source, owner: User) -> Character:
    """Create a draft with its hidden storylines on sale."""
    character = characters.create_character(owner, card=CharacterCard(card_data(source)), slug=source["slug"])
    made: dict[str, Storyline] = {}
    for row in source.get("storylines", []):
        made[row["slug"]] = characters.add_storyline(
            character,
            title=row["title"],
            price_coins=row["price_coins"],
            slug=row["slug"],
            teaser=row["teaser"],
            knowledge=row["knowledge"],
            scenes=row["scenes"],
            free_first_scene=row.get("free_first_scene", False),
            lorebook=book_data(row["lorebook"]) if row.get("lorebook") else {},
            affinity=row.get("affinity", 0),
            prerequisite=made.get(row.get("prerequisite", "")),
        )
    return character


def open_park(sources: list[Source], people: dict[str, User], stats: dict[str, dict[str, int]]) -> dict[str, Character]:
    """Publish every character; return them by slug."""
    park = {}
    for source in sources:
        owner = people["creator" if source["slug"] in OF_THE_CREATOR else "admin"]
        character = make_character(source, owner)
        characters.publish(character)
        counted = stats.get(source["slug"]) or stats["default"]
        character.likes_count, character.messages_count = counted["likes"], counted["messages"]
        character.save(update_fields=["likes_count", "messages_count"])
        park[source["slug"]] = character
    return park


def submit(source: Source, owner: User) -> Character:
    """Hand a character in, as its creator would; the worker and a moderator do the rest."""
    return characters.submit_for_review(make_character(source, owner))
