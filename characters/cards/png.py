"""PNG as a container of cards: its own chunk parser with CRC and limits, and a writer of both chunks."""

from __future__ import annotations

import base64
import binascii
import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from characters.cards import limits
from characters.cards.errors import CardRefused, Refusal
from characters.cards.limits import JsonObject
from characters.cards.report import Line, Note, ReportBuilder

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CARD_KEYWORDS = ("ccv3", "chara")


@dataclass(frozen=True, slots=True)
class TextChunk:
    """A text chunk: `kind` is tEXt, zTXt or iTXt, `keyword` as written, `raw` the text, unpacked."""

    kind: str
    keyword: str
    raw: bytes
    index: int

    @property
    def path(self) -> str:
        return f"png.{self.kind}[{self.index}].{self.keyword[:20]}"


def chunks(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield (index, type, payload) of each chunk up to IEND; raise `CardRefused` at the first fault."""
    if not data.startswith(SIGNATURE):
        raise CardRefused(Refusal.BROKEN_PNG, "png")
    offset, index = len(SIGNATURE), 0
    view = memoryview(data)
    while True:
        if offset + 12 > len(data):
            raise CardRefused(Refusal.BROKEN_PNG, f"png.chunk[{index}]")
        length, kind = struct.unpack_from(">I4s", data, offset)
        end = offset + 12 + length
        if end > len(data):
            raise CardRefused(Refusal.BROKEN_PNG, f"png.chunk[{index}]")
        (crc,) = struct.unpack_from(">I", data, end - 4)
        if zlib.crc32(view[offset + 4 : end - 4]) != crc:
            raise CardRefused(Refusal.BAD_CRC, f"png.chunk[{index}]")
        yield index, kind, bytes(view[offset + 8 : end - 4])
        if kind == b"IEND":
            return
        offset, index = end, index + 1
        if index > limits.CHUNKS:
            raise CardRefused(Refusal.TOO_MANY_CHUNKS, "png", limit=limits.CHUNKS)


def texts(data: bytes, report: ReportBuilder) -> list[TextChunk]:
    """Return every text chunk of a sound PNG; the picture's size is checked before anything else."""
    found: list[TextChunk] = []
    for index, kind, payload in chunks(data):
        if index == 0:
            check_size(kind, payload)
        elif kind == b"acTL":
            report.unsupported.append(Line(f"png.acTL[{index}]", Note.ANIMATION))
        elif kind in {b"tEXt", b"zTXt", b"iTXt"}:
            if len(found) >= limits.TEXT_CHUNKS:
                raise CardRefused(Refusal.TOO_MANY_CHUNKS, f"png.chunk[{index}]", limit=limits.TEXT_CHUNKS)
            found.append(_text(kind.decode(), payload, index))
    return found


def check_size(kind: bytes, payload: bytes) -> None:
    """Refuse a first chunk that is no IHDR, or a picture larger than the limits."""
    if kind != b"IHDR" or len(payload) != 13:
        raise CardRefused(Refusal.BROKEN_PNG, "png.chunk[0]")
    width, height = struct.unpack_from(">II", payload)
    if not (0 < width <= limits.IMAGE_SIDE and 0 < height <= limits.IMAGE_SIDE) or (
        width * height > limits.IMAGE_PIXELS
    ):
        raise CardRefused(Refusal.IMAGE_TOO_LARGE, "png.IHDR", width=width, height=height, side=limits.IMAGE_SIDE)


def _text(kind: str, payload: bytes, index: int) -> TextChunk:
    keyword, zero, rest = payload.partition(b"\0")
    name = keyword.decode("latin-1")
    if not zero or not 1 <= len(keyword) <= 79:
        return TextChunk(kind, "", b"", index)
    wanted = name.lower() in CARD_KEYWORDS
    if len(payload) > limits.CARD_CHUNK_BYTES:
        if wanted:
            path = f"png.{kind}[{index}].{name}"
            raise CardRefused(Refusal.CHUNK_TOO_LARGE, path, limit_kib=limits.CARD_CHUNK_BYTES // 1024)
        return TextChunk(kind, name, b"", index)
    # Only the chunks we want are unpacked: a bomb under another keyword costs nothing.
    return TextChunk(kind, name, _unpack(kind, rest, f"png.{kind}[{index}].{name}") if wanted else b"", index)


def _unpack(kind: str, rest: bytes, path: str) -> bytes:
    if kind == "tEXt":
        return rest
    if kind == "zTXt":
        return _inflate(rest[1:], path)
    compressed = rest[:1] == b"\x01"
    text = rest[2:].split(b"\0", 2)[-1]
    return _inflate(text, path) if compressed else text


def _inflate(packed: bytes, path: str) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(packed, limits.CARD_CHUNK_BYTES + 1)
    except zlib.error as exc:
        raise CardRefused(Refusal.BROKEN_PNG, path) from exc
    if len(text) > limits.CARD_CHUNK_BYTES:
        raise CardRefused(Refusal.CHUNK_TOO_LARGE, path, limit_kib=limits.CARD_CHUNK_BYTES // 1024)
    return text


def card_json(data: bytes, report: ReportBuilder) -> tuple[bytes, str, bytes | None]:
    """Return (JSON bytes, where they were, the older copy) of the card in a PNG.

    `ccv3` comes before `chara`, the first of several before the others; the older copy is the `chara`
    beside a `ccv3`, None where there is none.
    """
    found: dict[str, list[TextChunk]] = {}
    for chunk in texts(data, report):
        if chunk.keyword.lower() in CARD_KEYWORDS:
            found.setdefault(chunk.keyword.lower(), []).append(chunk)
    for keyword in CARD_KEYWORDS:
        if keyword not in found:
            continue
        chunk = found[keyword][0]
        if len(found[keyword]) > 1:
            report.warnings.append(Line(found[keyword][1].path, Note.TWO_CHUNKS, keyword))
        if chunk.kind != "tEXt":
            report.warnings.append(Line(chunk.path, Note.ODD_CHUNK, chunk.kind))
        older = _decode(found["chara"][0], ReportBuilder()) if len(found) > 1 else None
        return _decode(chunk, report), chunk.path, older
    raise CardRefused(Refusal.NO_CARD, "png")


def _decode(chunk: TextChunk, report: ReportBuilder) -> bytes:
    raw = chunk.raw.strip()
    if raw.startswith(b"{"):
        report.warnings.append(Line(chunk.path, Note.RAW_JSON))
        return raw
    packed = b"".join(raw.split()).translate(bytes.maketrans(b"-_", b"+/")).rstrip(b"=")
    try:
        return base64.b64decode(packed + b"=" * (-len(packed) % 4), validate=True)
    except binascii.Error as exc:
        raise CardRefused(Refusal.BAD_BASE64, chunk.path) from exc


def write(picture: bytes, *, v3: JsonObject, v2: JsonObject) -> bytes:
    """Return the PNG `picture` with the card in `chara` (V2) and `ccv3` (V3), other text chunks dropped.

    Raises `CardRefused` where a card is too large for a chunk that readers accept.
    """
    out = [SIGNATURE]
    for _index, kind, payload in chunks(picture):
        if kind in {b"tEXt", b"zTXt", b"iTXt", b"eXIf"}:
            continue
        if kind == b"IEND":
            out.extend(_card_chunk(keyword, card) for keyword, card in (("chara", v2), ("ccv3", v3)))
        out.append(_chunk(kind, payload))
    return b"".join(out)


def _card_chunk(keyword: str, card: JsonObject) -> bytes:
    text = json.dumps(card, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    payload = keyword.encode() + b"\0" + base64.b64encode(text)
    if len(payload) > limits.CARD_CHUNK_BYTES:
        raise CardRefused(Refusal.CHUNK_TOO_LARGE, keyword, limit_kib=limits.CARD_CHUNK_BYTES // 1024)
    return _chunk(b"tEXt", payload)


def _chunk(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))
