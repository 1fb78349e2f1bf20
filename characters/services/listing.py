"""Keeps the columns that lists read equal to the card that is shown. Called inside the writers' transactions."""

from __future__ import annotations

import json
import re
import secrets
from hashlib import sha256

from django.utils.text import slugify

from characters.cards.schema import CharacterCard
from characters.models import Character, CharacterTag, Rating
from characters.models.character import Language, Scene
from characters.tokens import fold
from companion_site.core.text import language_of, strip_invisible

LISTED = ("name", "taglines", "language", "rating", "accent", "scene", "tags", "look")
_ACCENT = re.compile(r"#[0-9a-fA-F]{6}")
_DEFAULT_ACCENT = "#b48cff"
_TAGS, _TAG_CHARS = 12, 40
AI_MARK = "-ai"


def describe(character: Character, card: CharacterCard, art: str) -> None:
    """Set the listing columns of `character` from `card` and its picture, unsaved; odd values become defaults."""
    ours = card.cardia
    character.name = _line(card.name, 80) or "?"
    character.taglines = {language: _line(text, 160) for language, text in ours.tagline.items() if language}
    if "" in ours.tagline:
        character.taglines.setdefault("zh-Hans", _line(ours.tagline[""], 160))
    character.language = ours.language if ours.language in Language.values else language_of(card.description)
    character.rating = ours.rating if ours.rating in Rating.values else Rating.GENERAL
    character.accent = ours.accent if _ACCENT.fullmatch(ours.accent) else _DEFAULT_ACCENT
    character.scene = ours.scene if ours.scene in Scene.values else Scene.STORY
    character.look = look_of(card, art)
    character.tags = list(dict.fromkeys(_line(tag, _TAG_CHARS) for tag in card.tags if _line(tag, _TAG_CHARS)))[:_TAGS]


def is_ai_art(name: str) -> bool:
    """Whether a stored portrait carries a label that AI made it."""
    return name.rpartition(".")[0].endswith(AI_MARK)


def look_of(card: CharacterCard, art: str) -> str:
    """Return a short digest of everything a portrait is drawn from."""
    ours = card.cardia
    drawn = [art, ours.face, ours.expressions, ours.garment, ours.accent, [outfit.garment for outfit in ours.wardrobe]]
    return sha256(json.dumps(drawn, sort_keys=True).encode()).hexdigest()[:12]


def write_tags(character: Character) -> None:
    """Make the tag rows those of the listing."""
    rows = {fold(tag)[:_TAG_CHARS]: tag for tag in character.tags}
    CharacterTag.objects.filter(character=character).exclude(folded__in=rows).delete()
    CharacterTag.objects.bulk_create(
        (CharacterTag(character=character, folded=folded, label=label) for folded, label in rows.items()),
        ignore_conflicts=True,
    )


def free_slug(name: str) -> str:
    """Return an unused slug made of `name`; Chinese stays Chinese."""
    base = slugify(strip_invisible(name), allow_unicode=True)[:60].strip("-_") or "character"
    slug = base
    while Character.objects.filter(slug=slug).exists():
        slug = f"{base}-{secrets.token_hex(2)}"
    return slug


def _line(text: str, length: int) -> str:
    return " ".join(strip_invisible(text).split())[:length]
