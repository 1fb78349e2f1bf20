"""What a file is by its first bytes, never by its name."""

from __future__ import annotations

import struct
from enum import StrEnum
from typing import Final

HEAD_BYTES: Final = 1024
_XML_STARTS: Final = (b"<?xml", b"<!doctype svg", b"<svg")


class Kind(StrEnum):
    """The kinds of files we tell apart; what is none of the others is `OTHER`."""

    PNG = "png"
    JPEG = "jpeg"
    WEBP = "webp"
    GIF = "gif"
    SVG = "svg"
    # A picture, but of a kind we do not decode.
    FOREIGN_PICTURE = "foreign_picture"
    OTHER = "other"

    @property
    def media_type(self) -> str:
        return f"image/{self.value}" if self in DECODED else "application/octet-stream"

    @property
    def extension(self) -> str:
        return {Kind.JPEG: "jpg"}.get(self, self.value if self in DECODED else "bin")


DECODED: Final = frozenset({Kind.PNG, Kind.JPEG, Kind.WEBP, Kind.GIF})
_MAGIC: Final = (
    (b"\x89PNG\r\n\x1a\n", Kind.PNG),
    (b"\xff\xd8\xff", Kind.JPEG),
    (b"GIF87a", Kind.GIF),
    (b"GIF89a", Kind.GIF),
    (b"BM", Kind.FOREIGN_PICTURE),
    (b"II*\0", Kind.FOREIGN_PICTURE),
    (b"MM\0*", Kind.FOREIGN_PICTURE),
    (b"8BPS", Kind.FOREIGN_PICTURE),
    (b"\0\0\1\0", Kind.FOREIGN_PICTURE),
    (b"\xff\x0a", Kind.FOREIGN_PICTURE),
    (b"\0\0\0\x0cJXL ", Kind.FOREIGN_PICTURE),
    (b"\0\0\0\x0cjP  ", Kind.FOREIGN_PICTURE),
)
_HEIF_BRANDS: Final = frozenset({b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1"})


def kind_of(data: bytes) -> Kind:
    """Return what `data` is."""
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return Kind.WEBP
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        return Kind.FOREIGN_PICTURE
    return Kind.SVG if _is_svg(data) else Kind.OTHER


def _is_svg(data: bytes) -> bool:
    head = data[:HEAD_BYTES]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in head[:4]:
        head = head.replace(b"\0", b"").lstrip(b"\xff\xfe")
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return text.startswith(_XML_STARTS) or (text.startswith(b"<") and b"<svg" in text)


def webp_size(data: bytes) -> tuple[int, int] | None:
    """Return width and height of a WebP's canvas from its first chunk; None where there is no such chunk.

    Pillow's decoder reserves the whole canvas when it opens a file, before anybody can ask for its size.
    """
    kind = data[12:16]
    if kind == b"VP8X" and len(data) >= 30:
        return (int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1)
    if kind == b"VP8 " and len(data) >= 30:
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L" and len(data) >= 25:
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return None
