"""The card as rows: drafts, frozen versions, hidden storylines, likes, the search index."""

from characters.models.book import WorldBook
from characters.models.character import Card, Character, CharacterQuerySet, CharacterTag, CharacterVersion, Rating
from characters.models.search import SearchDocument
from characters.models.storyline import Like, Storyline

__all__ = [
    "Card",
    "Character",
    "CharacterQuerySet",
    "CharacterTag",
    "CharacterVersion",
    "Like",
    "Rating",
    "SearchDocument",
    "Storyline",
    "WorldBook",
]
