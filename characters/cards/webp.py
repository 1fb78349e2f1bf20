"""WebP as a container of cards. No specification covers it; read is what TavernAI and its kin have written.

The card is the EXIF UserComment (or ImageDescription) as JSON, as base64 or as a list of byte numbers,
or a `ccv3`/`chara` value in the XMP packet.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
import struct
from collections.abc import Iterator

from characters.cards import limits
from characters.cards.errors import CardRefused, Refusal

_USER_COMMENT, _DESCRIPTION, _EXIF_FOLDER = 0x9286, 0x010E, 0x8769
_TAGS = 100
_NUMBERS = re.compile(rb"\d{1,3}(?:\s*,\s*\d{1,3})+")
_XMP = rb"\b%s(?:\s*=\s*[\"']([^\"']*)|>([^<]*)<)"


def is_webp(data: bytes) -> bool:
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


def card_json(data: bytes) -> tuple[bytes, str]:
    """Return (JSON bytes, where they were); raise `CardRefused` where the file is broken or holds no card."""
    found: dict[str, bytes] = {}
    for kind, payload in _chunks(data):
        if kind == b"VP8X" and len(payload) >= 10:
            width, height = (1 + int.from_bytes(payload[i : i + 3], "little") for i in (4, 7))
            _check_size(width, height)
        elif kind == b"EXIF":
            found |= {f"webp.EXIF.{name}": text for name, text in _exif(payload)}
        elif kind == b"XMP ":
            found |= {f"webp.XMP.{name}": text for name, text in _xmp(payload)}
    for place in ("webp.XMP.ccv3", "webp.EXIF.UserComment", "webp.EXIF.ImageDescription", "webp.XMP.chara"):
        raw = _decoded(found.get(place, b""))
        if raw is not None:
            return raw, place
    raise CardRefused(Refusal.NO_CARD, "webp")


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 12
    for _ in range(limits.CHUNKS):
        if place + 8 > len(data):
            return
        kind, length = struct.unpack_from("<4sI", data, place)
        if place + 8 + length > len(data):
            raise CardRefused(Refusal.BROKEN_WEBP, f"webp.chunk[{place}]")
        yield kind, data[place + 8 : place + 8 + length] if kind in {b"VP8X", b"EXIF", b"XMP "} else b""
        place += 8 + length + length % 2


def _check_size(width: int, height: int) -> None:
    if max(width, height) > limits.IMAGE_SIDE or width * height > limits.IMAGE_PIXELS:
        raise CardRefused(Refusal.IMAGE_TOO_LARGE, "webp.VP8X", width=width, height=height, side=limits.IMAGE_SIDE)


def _exif(payload: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield (name, text) of the two tags that cards were seen in; a broken structure yields nothing."""
    tiff = payload.removeprefix(b"Exif\0\0")
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None or len(tiff) < 8:
        return
    folders = [struct.unpack_from(f"{order}I", tiff, 4)[0]]
    for folder in folders[:2]:
        for tag, place, size, number in _tags(tiff, order, folder):
            if tag == _EXIF_FOLDER and len(folders) == 1:
                folders.append(number)
                yield from _exif_texts(tiff, order, number)
            elif tag in {_USER_COMMENT, _DESCRIPTION}:
                yield _named(tag, tiff[place : place + size])


def _exif_texts(tiff: bytes, order: str, folder: int) -> Iterator[tuple[str, bytes]]:
    for tag, place, size, _number in _tags(tiff, order, folder):
        if tag in {_USER_COMMENT, _DESCRIPTION}:
            yield _named(tag, tiff[place : place + size])


def _tags(tiff: bytes, order: str, folder: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield (tag, place of its bytes, size, its value as a number) for tags of bytes, text or one number."""
    if folder + 2 > len(tiff):
        return
    (count,) = struct.unpack_from(f"{order}H", tiff, folder)
    for i in range(min(count, _TAGS)):
        at = folder + 2 + 12 * i
        if at + 12 > len(tiff):
            return
        tag, kind, size, number = struct.unpack_from(f"{order}HHII", tiff, at)
        if kind in {1, 2, 4, 7}:
            yield tag, at + 8 if size <= 4 else number, size, number


def _named(tag: int, raw: bytes) -> tuple[str, bytes]:
    name = "UserComment" if tag == _USER_COMMENT else "ImageDescription"
    charset, text = raw[:8], raw[8:]
    if charset == b"UNICODE\0":
        # Writers do not agree on the order of bytes; a card begins with an ASCII sign.
        codec = "utf-16-be" if text[:1] == b"\0" else "utf-16-le"
        return name, text.decode(codec, "replace").encode("utf-8", "replace")
    return name, text if charset in {b"ASCII\0\0\0", b"\0" * 8, b"JIS\0\0\0\0\0"} else raw


def _xmp(payload: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield labelled texts; no XML parser is asked, so no entity of the file is ever expanded."""
    for name in ("ccv3", "chara"):
        found = re.search(_XMP % name.encode(), payload)
        if found:
            text = (found[1] or found[2] or b"").decode("utf-8", "replace")
            yield name, html.unescape(text).encode("utf-8", "replace")


def _decoded(text: bytes) -> bytes | None:
    """Return the JSON in `text`, whichever way it was written, or None."""
    text = text.strip(b"\0 \t\r\n")
    if text.startswith(b"{"):
        return text
    if _NUMBERS.fullmatch(text):
        numbers = [int(number) for number in text.split(b",")]
        return bytes(numbers) if max(numbers) < 256 else None
    try:
        raw = base64.b64decode(b"".join(text.split()), validate=True)
    except binascii.Error:
        return None
    return raw if raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") else None
