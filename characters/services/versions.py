"""Frozen versions: their history, what differs between two of them, and the way back to one."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from billing import services as billing
from characters import storylines
from characters.cards import fields
from characters.cards.cardia import in_language
from characters.cards.limits import JsonObject
from characters.cards.schema import CharacterCard
from characters.diff import Change, compare, example_blocks
from characters.locks import Keys, open_card
from characters.models import Character, CharacterVersion, Storyline
from characters.services import listing
from characters.services.storylines import editable
from companion_site.core.exceptions import NotFound

_RESTORED = ("card", "envelope", "files", "art", "updated_at", *listing.LISTED)
# Of a storyline's frozen row: what its draft takes back. The price is that of today, wherever it stands.
_STORY_TEXTS = ("title", "teaser", "knowledge", "scenes", "lorebook", "affinity", "free_first_scene")


def versions_of(character: Character) -> QuerySet[CharacterVersion]:
    """Return the character's versions, the newest first."""
    return CharacterVersion.objects.filter(character=character).order_by("-number")


def draft_of(character: Character) -> CharacterVersion:
    """Return the draft as if it were a version: unsaved, number 0."""
    return CharacterVersion(
        character=character,
        number=0,
        card=character.card,
        envelope=character.envelope,
        art=character.art,
        files=character.files,
    )


def snapshot(version: CharacterVersion) -> JsonObject:
    """Return everything a version holds, in the shape that is compared. For the owner's and moderators' eyes."""
    data = dict(version.card)
    if isinstance(data.get("mes_example"), str):
        data["mes_example"] = example_blocks(data["mes_example"])
    rows = storylines.rows_of(version)
    slugs = {row["public_id"]: row["slug"] for row in rows}
    told: list[Any] = [
        {
            **{name: value for name, value in row.items() if name != "offer_id"},
            "prerequisite": slugs.get(row.get("prerequisite") or "", ""),
        }
        for row in rows
    ]
    return {
        "data": data,
        "envelope": version.envelope,
        "art": version.art,
        "files": version.files,
        "storylines": told,
    }


def open_snapshot(version: CharacterVersion, keys: Keys, language: str) -> JsonObject:
    """Return what the holder of `keys` may read of a version, in the shape that is compared.

    Nothing that is locked to them, nothing hidden, nothing that only steers a model; the lorebook as its entries'
    names and a sign of their text, of storylines the teasers.
    """
    card = open_card(version.view, keys)
    ours = card.cardia
    return {
        "name": card.name,
        "tagline": in_language(ours.tagline, language),
        "look": listing.look_of(card, version.art),
        **{name: getattr(card, name) for name in ("description", "personality", "scenario", "creator_notes")},
        "greetings": list(card.greetings),
        "worldview": ours.worldview,
        "backstory": ours.backstory,
        "catchphrases": list(ours.catchphrases),
        "age": ours.age,
        "tags": list(card.tags),
        "wardrobe": [{"slug": one.slug, "title": in_language(one.title, language)} for one in ours.wardrobe],
        "voice": ours.voice.title,
        "storylines": [
            {
                "public_id": teaser.public_id,
                "title": teaser.title,
                "teaser": teaser.teaser,
                "scenes_count": teaser.scenes_count,
                "affinity": teaser.affinity,
                "after": teaser.after,
            }
            for teaser in storylines.teasers(version)
        ],
    }


def open_lore(version: CharacterVersion, keys: Keys) -> JsonObject:
    """Return the lorebook's entries that are open to `keys`: to be counted by what became of them, not shown."""
    card: CharacterCard = open_card(version.view, keys)
    return {"entries": list(fields.objects(fields.mapping(card.data, "character_book"), "entries"))}


def diff_versions(before: CharacterVersion, after: CharacterVersion) -> tuple[Change, ...]:
    """Return every difference between two versions (or a version and the draft) of one character."""
    return compare(snapshot(before), snapshot(after))


@transaction.atomic
def restore_version(character: Character, version: CharacterVersion) -> Character:
    """Make the draft what `version` was: card, picture, files and hidden storylines. Safe to repeat.

    Nothing in the park changes before the draft has been reviewed and published again, and no version is lost.
    Storylines keep their offers and today's prices; one that had been removed is on sale again, one that the
    version does not know leaves the draft and the counter. Raises `DraftLocked`, or `NotFound` for a version
    of another character.
    """
    if version.character_id != character.pk:
        raise NotFound
    locked = editable(character)
    locked.card, locked.envelope, locked.files, locked.art = version.card, version.envelope, version.files, version.art
    if locked.published_id is None:
        listing.describe(locked, locked.draft, locked.art)
    locked.save(update_fields=_RESTORED)
    _restore_storylines(locked, version)
    for name in _RESTORED:
        setattr(character, name, getattr(locked, name))
    return character


def _restore_storylines(character: Character, version: CharacterVersion) -> None:
    rows = {row["public_id"]: row for row in version.storylines}
    mine = {str(story.public_id): story for story in character.storylines.select_related("offer")}
    for public_id in mine.keys() - rows.keys():
        gone = mine.pop(public_id)
        billing.set_on_sale(gone.offer, is_active=False)
        gone.delete()
    for public_id, row in rows.items():
        mine[public_id] = _restore_storyline(character, mine.get(public_id), row)
    for public_id, row in rows.items():
        before = mine.get(row.get("prerequisite") or "")
        Storyline.objects.filter(pk=mine[public_id].pk).update(prerequisite=before)


def _restore_storyline(character: Character, story: Storyline | None, row: storylines.Row) -> Storyline:
    if story is None:
        story = Storyline(character=character, public_id=row["public_id"], offer_id=row["offer_id"], slug=row["slug"])
    if not story.offer.is_active:
        billing.set_on_sale(story.offer, is_active=True)
    empty = Storyline()
    for name in _STORY_TEXTS:  # a version frozen before a field existed does not say it
        setattr(story, name, row.get(name, getattr(empty, name)))
    story.save()
    return story
