"""Cards in and out: import with a report, export as V3 PNG or JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from billing.models.offers import HIGHEST_PRICE_COINS
from characters import art, avatar, storylines
from characters.cards import fields, limits, png
from characters.cards.errors import CardRefused
from characters.cards.limits import Json, JsonObject
from characters.cards.reader import read
from characters.cards.report import ImportReport, ReportBuilder
from characters.cards.schema import CharacterCard
from characters.cards.shape import fill_data
from characters.exceptions import ArtUnreadable, CardUnreadable
from characters.models import Character, CharacterVersion
from characters.services.drafts import create_character, store_art, update_card
from characters.services.storylines import STARTING_PRICE_COINS, STORYLINES_A_CHARACTER, add_storyline
from characters.wording import refusal

STORYLINES_KEY = "storylines"
# Set in exports whose picture is the drawn face: an import then draws it again instead of keeping a copy of it.
PORTRAIT_KEY, DRAWN = "portrait", "drawn"


@dataclass(frozen=True, slots=True)
class Export:
    filename: str
    content_type: str
    content: bytes


def import_card(owner: User, filename: str, data: bytes) -> tuple[Character, ImportReport]:
    """Make a draft of a card file, nothing half-saved; raise `CardUnreadable` with reason and path.

    Hidden storylines found in our own extension become storylines of the draft and leave the card's text.
    """
    try:
        card, picture, report = read(filename, data)
    except CardRefused as exc:
        raise CardUnreadable(refusal(exc), field=exc.path or "file", reason=exc.reason.value, path=exc.path) from exc
    if card.extension.get(PORTRAIT_KEY) == DRAWN and card.cardia.face:
        picture = None
    try:
        art_name = store_art(picture) if picture is not None else ""
    except ArtUnreadable as exc:
        raise CardUnreadable(exc.detail, field="art", path="art", **exc.extra) from exc
    hidden = fields.objects(card.extension, STORYLINES_KEY)
    with transaction.atomic():
        public = card.with_cardia(**{STORYLINES_KEY: None, PORTRAIT_KEY: None})
        character = create_character(owner, card=public, art_name=art_name)
        character.import_report = asdict(report)
        character.save(update_fields=["import_report", "updated_at"])
        for row in hidden[:STORYLINES_A_CHARACTER]:
            _import_storyline(character, row)
    return character, report


def _import_storyline(character: Character, row: Mapping[str, Any]) -> None:
    price = row.get("price_coins")
    scenes = row.get("scenes")
    add_storyline(
        character,
        title=str(row.get("title") or "?")[:120],
        slug=str(row.get("slug") or ""),
        price_coins=min(price, HIGHEST_PRICE_COINS) if isinstance(price, int) and price >= 0 else STARTING_PRICE_COINS,
        teaser=str(row.get("teaser") or ""),
        knowledge=str(row.get("knowledge") or ""),
        scenes=[scene for scene in scenes if isinstance(scene, dict)] if isinstance(scenes, list) else [],
        free_first_scene=row.get("free_first_scene") is True,
    )


def edit_card(character: Character, *, data: Mapping[str, Any], cardia: Mapping[str, Any]) -> Character:
    """Change fields of the draft that came from outside, checked as an import is.

    Raises `CardUnreadable` with the path of the first fault, `DraftLocked` under review; then nothing has changed.
    """
    ours = {**cardia, STORYLINES_KEY: None}
    card = character.draft.with_changes(**data).with_cardia(**ours)
    try:
        limits.check(card.data, where="data")
        fill_data(card.data, ReportBuilder())
    except CardRefused as exc:
        raise CardUnreadable(refusal(exc), field=exc.path, reason=exc.reason.value, path=exc.path) from exc
    return update_card(character, data=data, cardia=ours)


def export_card(character: Character, user: User | AnonymousUser, file_format: str = "png") -> Export:
    """Return the card as a file: `png` (V3 with a V2 copy) or `json` (V3).

    The creator gets the draft with all its storylines; anybody else the published card with the storylines
    they own, and of the others nothing but title and teaser. The caller has checked that `user` may see it.
    """
    is_mine = character.owner_id == user.pk
    version = _exported_version(character, is_mine=is_mine)
    drawn = None if version.art else DRAWN
    card = version.view.with_cardia(**{STORYLINES_KEY: _storylines(version, user) or None, PORTRAIT_KEY: drawn})
    written = {"created": int(character.created_at.timestamp()), "modified": int(timezone.now().timestamp())}
    v3 = card.as_v3(**written)
    if file_format == "json":
        text = json.dumps(v3, ensure_ascii=False, indent=2, allow_nan=False)
        return Export(f"{character.slug}.json", "application/json", text.encode())
    picture = _picture(version, card, character.accent)
    try:
        content = png.write(picture, v3=v3, v2=card.as_v2())
    except CardRefused as exc:
        raise CardUnreadable(refusal(exc), field=exc.path, reason=exc.reason.value, path=exc.path) from exc
    return Export(f"{character.slug}.png", "image/png", content)


def _exported_version(character: Character, *, is_mine: bool) -> CharacterVersion:
    if character.published is not None and not is_mine:
        return character.published
    return CharacterVersion(
        character=character, number=0, card=character.card, envelope=character.envelope, art=character.art
    )


def _storylines(version: CharacterVersion, user: User | AnonymousUser) -> list[Json]:
    known = {storyline.public_id: storyline for storyline in storylines.unlocked(version, user)}
    rows: list[Json] = []
    for teaser in storylines.teasers(version):
        row: JsonObject = {"slug": teaser.slug, "title": teaser.title, "teaser": teaser.teaser}
        row["price_coins"] = teaser.offer.price_coins
        mine = known.get(teaser.public_id)
        if mine is not None and not mine.is_trial:
            row |= {"knowledge": mine.knowledge, "scenes": [asdict(scene) for scene in mine.scenes]}
            row["free_first_scene"] = teaser.free_first_scene
        rows.append(row)
    return rows


def _picture(version: CharacterVersion, card: CharacterCard, accent: str) -> bytes:
    if version.art:
        with default_storage.open(version.art) as stored:
            return art.as_png(stored.read())
    ours = card.cardia
    return avatar.portrait_png(ours.face, expressions=ours.expressions, garment=ours.garment, accent=accent)
