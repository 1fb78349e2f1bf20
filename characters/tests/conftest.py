"""Where the shared vectors lie, and cards made by hand."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from pathlib import Path

import pytest
from django.conf import settings

from companion_site.tests.require import need

SHARED = Path(settings.BASE_DIR).parent / "shared" / "data" / "cards"


@pytest.fixture
def vector():
    """Return a reader of the shared card files; skips (or fails under REQUIRE_ALL) where they are absent."""

    def read(name: str) -> bytes:
        need(SHARED.is_dir(), "the shared card vectors are not beside this checkout")
        return (SHARED / name).read_bytes()

    return read


def chunk(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))


def picture(*chunks: bytes, width: int = 3, height: int = 4) -> bytes:
    """Return a PNG of `width` × `height` grey pixels with `chunks` before the image data."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    rows = zlib.compress((b"\0" + b"\x80" * min(width, 64)) * min(height, 64))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def text_chunk(card: object, keyword: bytes = b"chara") -> bytes:
    raw = card if isinstance(card, bytes) else json.dumps(card).encode()
    return chunk(b"tEXt", keyword + b"\0" + base64.b64encode(raw))


def v2(**data: object) -> dict[str, object]:
    return {"spec": "chara_card_v2", "spec_version": "2.0", "data": {"name": "Ada", **data}}
