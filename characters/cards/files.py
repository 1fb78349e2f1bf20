"""The front door of cards: a file's bytes to a card or a lorebook, and a card to the bytes of a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from characters.cards import png
from characters.cards.limits import JsonObject
from characters.cards.reader import read
from characters.cards.report import ImportReport
from characters.cards.schema import CharacterCard

FORMATS = ("v2-png", "v3-png", "json", "charx")


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """What was in a file: exactly one of `card` and `book` (a V3 Book object) is set.

    `picture` is the card's face as it came, never decoded here; `files` maps path in the archive → raw bytes,
    limits already applied, paths safe but not to be used as names on a disk.
    """

    card: CharacterCard | None
    book: JsonObject | None
    envelope: JsonObject
    picture: bytes | None
    files: Mapping[str, bytes] = field(default_factory=dict)
    report: ImportReport = field(default_factory=lambda: ImportReport(spec="", container=""))


def load(filename: str, data: bytes) -> LoadedFile:
    """Return what the file holds, found out by content; raise `CardRefused` with reason and path."""
    card, picture, report = read(filename, data)
    return LoadedFile(card=card, book=None, envelope=card.envelope, picture=picture, report=report)


def dump(  # noqa: PLR0913 - the agreed face of this package
    card: CharacterCard,
    file_format: str,
    *,
    picture: bytes | None,
    files: Mapping[str, bytes],
    created: int,
    modified: int,
) -> bytes:
    """Return the card as a file of `file_format`; `created` and `modified` in unix seconds.

    `picture` must be a PNG for the two PNG formats. Raises `CardRefused` where the card does not fit the format.
    """
    v3 = card.as_v3(created=created, modified=modified)
    if file_format == "json":
        return json.dumps(v3, ensure_ascii=False, indent=2, allow_nan=False).encode()
    if file_format in {"v2-png", "v3-png"}:
        return png.write(picture or b"", v3=v3, v2=card.as_v2())
    raise ValueError(file_format)


def dump_book(book: JsonObject, envelope: JsonObject, file_format: str) -> bytes:
    """Return a stand-alone lorebook as `lorebook_v3` or `sillytavern` (world info) JSON."""
    if file_format == "lorebook_v3":
        root = {name: value for name, value in envelope.items() if name not in {"spec", "data"}}
        out: JsonObject = {"spec": "lorebook_v3", **root, "data": book}
        return json.dumps(out, ensure_ascii=False, indent=2, allow_nan=False).encode()
    raise ValueError(file_format)
