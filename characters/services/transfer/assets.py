"""The files of a card: pictures re-encoded, everything stored under the digest of its content, read back for export.

Nothing stored here is ever served by itself: it leaves the site only inside an exported archive.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from django.core.files.storage import default_storage

from characters import art
from characters.art import Kind
from characters.art.sniff import DECODED
from characters.cards import assets as carried
from characters.cards import fields
from characters.cards.errors import CardRefused, Refusal
from characters.cards.report import Line, Note
from characters.cards.schema import CharacterCard
from characters.services.drafts import store_once

# All pictures of an archive together: a core re-encodes some ten million pixels a second.
ARCHIVE_PIXELS: Final = 64_000_000
FileRow = dict[str, Any]


@dataclass(slots=True)
class Kept:
    """Files ready to be stored: {path: (content, row)}, and what the report should say of them."""

    contents: dict[str, bytes] = field(default_factory=dict)
    rows: dict[str, FileRow] = field(default_factory=dict)
    warnings: list[Line] = field(default_factory=list)


def prepare(files: Mapping[str, bytes]) -> Kept:
    """Re-encode the pictures among `files`; raise `CardRefused` naming the path of one that is hostile.

    Pictures of a kind we do not decode, and broken ones, are left out with a warning; other files stay as they are.
    """
    kept = Kept()
    for path, raw in files.items():
        kind = art.kind_of(raw)
        if kind in DECODED:
            _prepare_picture(kept, path, raw)
        elif kind is Kind.OTHER:
            _keep(kept, path, raw, media_type=_guess(path), extension=kind.extension)
        else:
            kept.warnings.append(Line(path, Note.ASSET_DROPPED, kind.value))
    return kept


def check_pixels(files: Mapping[str, bytes]) -> None:
    """Refuse an archive whose pictures are too large, or too many, before any of them is decoded."""
    seen = 0
    for path, raw in files.items():
        if art.kind_of(raw) not in DECODED:
            continue
        try:
            seen += art.pixels_of(raw, path=path)
        except CardRefused as exc:
            if exc.reason is not Refusal.BAD_IMAGE:
                raise
        if seen > ARCHIVE_PIXELS:
            raise CardRefused(Refusal.TOO_MANY_PIXELS, path, limit=ARCHIVE_PIXELS // 1_000_000)


def _prepare_picture(kept: Kept, path: str, raw: bytes) -> None:
    try:
        clean = art.asset(raw, path=path)
    except CardRefused as exc:
        if exc.reason is not Refusal.BAD_IMAGE:
            raise
        kept.warnings.append(Line(path, Note.ASSET_DROPPED, exc.reason.value))
        return
    _keep(kept, path, clean.content, media_type=clean.kind.media_type, extension=clean.kind.extension)
    if clean.is_animated:
        kept.warnings.append(Line(path, Note.ANIMATION))
    if clean.label is not None:
        kept.rows[path]["ai"] = True
        kept.warnings.append(Line(path, Note.AI_LABEL))


def _keep(kept: Kept, path: str, content: bytes, *, media_type: str, extension: str) -> None:
    digest = sha256(content).hexdigest()
    kept.contents[path] = content
    kept.rows[path] = {
        "name": f"cards/{digest[:2]}/{digest}.{extension}",
        "type": media_type,
        "size": len(content),
    }


def _guess(path: str) -> str:
    """Return the media type of a file that is no picture; only kinds of its name, never one a browser would run."""
    guessed = mimetypes.guess_type(path)[0] or ""
    return guessed if guessed.startswith(("audio/", "video/", "font/")) else "application/octet-stream"


def store(kept: Kept) -> dict[str, FileRow]:
    """Write what is not in the storage yet; return the rows for `Character.files`."""
    for path, row in kept.rows.items():
        store_once(row["name"], kept.contents[path])
    return kept.rows


def read_back(rows: Mapping[str, FileRow]) -> dict[str, bytes]:
    """Return {path in the archive: content} of stored files."""
    out: dict[str, bytes] = {}
    for path, row in rows.items():
        with default_storage.open(row["name"]) as stored:
            out[path] = stored.read()
    return out


def referenced(card: CharacterCard) -> set[str]:
    """Return the paths in the archive that the card's own assets name."""
    paths = (carried.embedded_path(fields.text(asset, "uri")) for asset in carried.of(card.data))
    return {path for path in paths if path}


def icon_path(card: CharacterCard) -> str:
    """Return the path of the file that is the card's face, "" where it is none in the archive."""
    listed = carried.of(card.data)
    main = carried.main_icon(listed)
    return (carried.embedded_path(fields.text(listed[main], "uri")) or "") if main is not None else ""


def icon_place(card: CharacterCard) -> str:
    """Return where in the card its main icon stands, "" where it has none."""
    listed = card.data.get("assets")
    main = carried.main_icon(carried.of(card.data))
    if main is None or not isinstance(listed, list):
        return ""
    objects = [index for index, asset in enumerate(listed) if isinstance(asset, dict)]
    return f"data.assets[{objects[main]}]"
