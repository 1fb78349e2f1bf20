"""WebP as a container of cards. No specification covers it; read is what TavernAI and its kin have written.

The card is the EXIF UserComment (or ImageDescription) as JSON, as base64 or as a list of byte numbers,
or a `ccv3`/`chara` value in the XMP packet.
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
from collections.abc import Iterator

from characters.cards import limits
from characters.cards.errors import CardRefused, Refusal

_NAMES = {0x9286: "UserComment", 0x010E: "ImageDescription"}
_EXIF_FOLDER = 0x8769
_TAGS = 100
_NUMBERS = re.compile(rb"\d{1,3}(?:\s*,\s*\d{1,3})+")
_XMP = rb"\b%s(?:\s{0,9}=\s{0,9}([\"'])|>)"
_ENTITY = re.compile(r"&(?:#(\d{1,6})|#x([0-9a-fA-F]{1,5})|(quot|amp|lt|gt|apos));")
_ENTITIES = {"quot": '"', "amp": "&", "lt": "<", "gt": ">", "apos": "'"}


def is_webp(data: bytes) -> bool:
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


def card_json(data: bytes) -> tuple[bytes, str]:
    """Return (JSON bytes, where they were); raise `CardRefused` where the file is broken or holds no card."""
    found: dict[str, bytes] = {}
    seen: set[bytes] = set()
    for kind, payload in _chunks(data):
        if kind == b"VP8X" and len(payload) >= 10:
            width, height = (1 + int.from_bytes(payload[i : i + 3], "little") for i in (4, 7))
            _check_size(width, height)
        elif kind in {b"EXIF", b"XMP "} and kind not in seen:
            seen.add(kind)
            name = kind.decode().strip()
            found |= {f"webp.{name}.{label}": text for label, text in _labelled(kind, payload).items()}
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


def _labelled(kind: bytes, payload: bytes) -> dict[str, bytes]:
    if len(payload) > limits.JSON_BYTES:
        place = f"webp.{kind.decode().strip()}"
        raise CardRefused(Refusal.CHUNK_TOO_LARGE, place, limit_kib=limits.JSON_BYTES // 1024)
    return _exif(payload) if kind == b"EXIF" else _xmp(payload)


def _exif(payload: bytes) -> dict[str, bytes]:
    """Return the texts of the two tags that cards were seen in; a broken structure gives none."""
    tiff = payload.removeprefix(b"Exif\0\0")
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None or len(tiff) < 8:
        return {}
    found: dict[str, bytes] = {}
    entered: set[int] = set()
    folders = [struct.unpack_from(f"{order}I", tiff, 4)[0]]
    while folders:
        for tag, place, size, number in _tags(tiff, order, folders.pop()):
            name = _NAMES.get(tag)
            if name is not None and name not in found:
                found[name] = _text(tiff[place : place + size])
            elif tag == _EXIF_FOLDER and _EXIF_FOLDER not in entered:
                entered.add(tag)
                folders.append(number)
    return found


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


def _text(raw: bytes) -> bytes:
    charset, text = raw[:8], raw[8:]
    if charset == b"UNICODE\0":
        # Writers do not agree on the order of bytes; a card begins with an ASCII sign.
        codec = "utf-16-be" if text[:1] == b"\0" else "utf-16-le"
        return text.decode(codec, "replace").encode("utf-8", "replace")
    return text if charset in {b"ASCII\0\0\0", b"\0" * 8, b"JIS\0\0\0\0\0"} else raw


def _xmp(payload: bytes) -> dict[str, bytes]:
    """Return labelled texts; no XML parser is asked, so nothing but plain entities is ever expanded."""
    found: dict[str, bytes] = {}
    for name in ("ccv3", "chara"):
        label = re.search(_XMP % name.encode(), payload)
        end = payload.find(label[1] or b"<", label.end()) if label else -1
        if label and end >= 0:
            text = payload[label.end() : end].decode("utf-8", "replace")
            found[name] = _ENTITY.sub(_sign, text).encode("utf-8", "replace")
    return found


def _sign(entity: re.Match[str]) -> str:
    decimal, hexadecimal, name = entity.groups()
    return _ENTITIES[name] if name else chr(int(decimal) if decimal else int(hexadecimal, 16))


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
