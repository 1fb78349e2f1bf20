"""Cards as files: what the reader may know of them, in the format they ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.contrib.auth.models import AnonymousUser
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.models import User
from characters import art, avatar
from characters.art import AiLabel, Kind
from characters.cards import files
from characters.cards.errors import CardRefused
from characters.cards.schema import CharacterCard
from characters.models import Character, CharacterVersion
from characters.services.locks import for_export
from characters.services.storylines import storyline_rows
from characters.services.transfer import assets
from characters.services.transfer.incoming import DRAWN, PORTRAIT_KEY, STORYLINES_KEY, unreadable

# The formats by every name an address or a caller may use, with the ending of the file and its media type.
FORMATS: Final[Mapping[str, tuple[str, str, str]]] = {
    "v3-png": ("v3-png", "png", "image/png"),
    "png": ("v3-png", "png", "image/png"),
    "v2-png": ("v2-png", "v2.png", "image/png"),
    "json": ("json", "json", "application/json"),
    "charx": ("charx", "charx", "application/zip"),
}


@dataclass(frozen=True, slots=True)
class Export:
    filename: str
    content_type: str
    content: bytes


def export_card(character: Character, user: User | AnonymousUser, file_format: str = "v3-png") -> Export:
    """Return the card as a file of one of the `FORMATS`.

    The creator gets the draft with all its storylines and files; anybody else the published card as their keys
    open it, with the storylines they own and of the others nothing but title and teaser, and only the files
    that this card names. A label that AI made the picture is in the file. The caller has checked that `user`
    may see the character. Raises `CardUnreadable` where the card does not fit into the format.
    """
    chosen, ending, content_type = FORMATS[file_format]
    is_mine = character.owner_id == user.pk
    version = _exported_version(character, is_mine=is_mine)
    opened = for_export(character, version.view, user)
    drawn = None if version.art else DRAWN
    rows = storyline_rows(version, user)
    card = opened.with_cardia(**{STORYLINES_KEY: rows or None, PORTRAIT_KEY: drawn})
    picture = _picture(version, opened, character.accent, chosen)
    try:
        content = files.dump(
            card,
            chosen,
            picture=picture,
            files=_files(version, opened, is_mine=is_mine) if chosen in {"v3-png", "charx"} else {},
            created=int(character.created_at.timestamp()),
            modified=int(timezone.now().timestamp()),
        )
    except CardRefused as exc:
        raise unreadable(exc) from exc
    label = art.label_of(picture) if picture is not None else None
    return Export(f"{character.slug}.{ending}", content_type, _labelled(content, label, chosen))


def _exported_version(character: Character, *, is_mine: bool) -> CharacterVersion:
    if character.published is not None and not is_mine:
        return character.published
    return CharacterVersion(
        character=character,
        number=0,
        card=character.card,
        envelope=character.envelope,
        art=character.art,
        files=character.files,
    )


def _files(version: CharacterVersion, card: CharacterCard, *, is_mine: bool) -> dict[str, bytes]:
    """Return the files to pack. Others than the creator get those the card names: the rest may tell what is locked."""
    rows = version.files
    if not is_mine:
        named = assets.referenced(card)
        rows = {path: row for path, row in rows.items() if path in named}
    return assets.read_back({path: row for path, row in rows.items() if row.get("art", version.art) == version.art})


def _picture(version: CharacterVersion, card: CharacterCard, accent: str, file_format: str) -> bytes | None:
    """Return the face for the file: a PNG, but in an archive as it is stored. JSON has none."""
    if file_format == "json":
        return None
    if version.art:
        with default_storage.open(version.art) as stored:
            raw: bytes = stored.read()
        return raw if file_format == "charx" else art.as_kind(raw, Kind.PNG)
    ours = card.cardia
    return avatar.portrait_png(ours.face, expressions=ours.expressions, garment=ours.garment, accent=accent)


def _labelled(content: bytes, label: AiLabel | None, file_format: str) -> bytes:
    """Put the picture's label back where the writer of cards dropped it; in an archive the picture has its own."""
    if label is None or file_format not in {"v2-png", "v3-png"}:
        return content
    return art.with_png_label(content, label)
