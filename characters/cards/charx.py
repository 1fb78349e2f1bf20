"""CHARX: a card as `card.json` at the root of a zip, its assets beside it."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import PurePosixPath

from characters.cards import archive, assets, carried, fields, limits
from characters.cards.errors import CardRefused, Refusal
from characters.cards.limits import JsonObject

CARD = "card.json"
_ASCII = re.compile(r"[\w .()+,=@&!#$%^~'\[\]{}-]+(?:/[\w .()+,=@&!#$%^~'\[\]{}-]+)+", re.ASCII)
_ROOT_FILE = re.compile(r"[\w.-]+", re.ASCII)


def read(data: bytes) -> tuple[bytes, dict[str, bytes], bytes | None]:
    """Return (JSON of the card, the other files, a JPEG that stands before the archive or None)."""
    members = archive.members(data)
    card = next((member for member in members if member.path == CARD), None)
    if card is None:
        raise CardRefused(Refusal.NO_CARD_JSON, "charx.card.json")
    if card.size > limits.JSON_BYTES:
        raise CardRefused(Refusal.FILE_TOO_LARGE, card.place, limit_kib=limits.JSON_BYTES // 1024)
    before = min(member.offset for member in members)
    face = data[:before] if before and data.startswith(b"\xff\xd8\xff") else None
    raw = archive.unpack(data, card)
    return raw, {member.path: archive.unpack(data, member) for member in members if member is not card}, face


def write(v3: JsonObject, files: Mapping[str, bytes], picture: bytes | None) -> bytes:
    """Return the archive of a whole V3 card; `picture` becomes the main icon where the card has none of its own.

    Names are made ASCII and laid out as the specification wants; what had to change is carried for the way back.
    """
    data = fields.mapping(v3, "data")
    aliases = _aliases(data, files)
    packed = {aliases.get(path, path): raw for path, raw in files.items()}
    icon: JsonObject = {}
    if picture is not None:
        path = _free(f"assets/icon/images/main.{assets.media_type(picture)[1]}", packed)
        data, icon = carried.show(data, files, assets.EMBEDDED + path)
        if icon:
            packed[path] = picture
    data = carried.readdress(data, {path: assets.EMBEDDED + alias for path, alias in aliases.items()})
    data = carried.put(data, icon=icon, paths={alias: path for path, alias in aliases.items()})
    if len(packed) + 1 > limits.ARCHIVE_FILES:
        raise CardRefused(Refusal.TOO_MANY_FILES, "files", limit=limits.ARCHIVE_FILES)
    text = limits.dump_json({**v3, "data": data})
    made = _zip(text, packed)
    if len(text) + sum(map(len, packed.values())) > limits.UNPACKED_BYTES or len(made) > limits.ARCHIVE_BYTES:
        raise CardRefused(Refusal.UNPACKED_TOO_LARGE, "files", limit_mib=limits.UNPACKED_BYTES // 1024 // 1024)
    return made


def _zip(text: bytes, files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        # A fixed date: equal cards make equal files. Assets are packed already, so they are only stored.
        packed.writestr(zipfile.ZipInfo(CARD, (1980, 1, 1, 0, 0, 0)), text, zipfile.ZIP_DEFLATED)
        for path, raw in files.items():
            packed.writestr(zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0)), raw, zipfile.ZIP_STORED)
    return out.getvalue()


def _aliases(data: JsonObject, files: Mapping[str, bytes]) -> dict[str, str]:
    """Return {path: the path to write} for files whose own name does not do in an archive."""
    asset_of = {assets.embedded_path(fields.text(asset, "uri")): asset for asset in assets.of(data)}
    taken = set(files) | {CARD}
    made: dict[str, str] = {}
    for number, path in enumerate(files):
        asset = asset_of.get(path)
        fits = _ASCII.fullmatch(path) or (asset is None and _ROOT_FILE.fullmatch(path))
        if fits and path != CARD:
            continue
        suffix = PurePosixPath(path).suffix.lower()
        suffix = suffix if _ROOT_FILE.fullmatch(suffix) else ""
        alias = _free(f"{assets.home(asset or {}, path)}/{number}{suffix}", taken)
        taken.add(alias)
        made[path] = alias
    return made


def _free(path: str, taken: Mapping[str, bytes] | set[str]) -> str:
    stem, dot, suffix = path.rpartition(".")
    number = 1
    while path in taken:
        number += 1
        path = f"{stem}-{number}{dot}{suffix}" if dot else f"{suffix}-{number}"
    return path
