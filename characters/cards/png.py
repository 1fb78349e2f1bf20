"""PNG as a container of cards: its own chunk parser with CRC and limits, and a writer of cards and their files."""

from __future__ import annotations

import base64
import binascii
import json
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from characters.cards import limits
from characters.cards.archive import safe_path
from characters.cards.errors import CardRefused, Refusal
from characters.cards.limits import JsonObject
from characters.cards.report import Line, Note, ReportBuilder

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CARD_KEYWORDS = ("ccv3", "chara")
ASSET_KEYWORD = "chara-ext-asset_"
# PNG allows keywords of 79 bytes; what is left of them is the path of a file.
PATH_BYTES = 79 - len(ASSET_KEYWORD) - 1


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


@dataclass(frozen=True, slots=True)
class Found:
    """The card of a PNG: its JSON, where it was, the V2 copy beside a V3 one, and the files in chunks of their own."""

    raw: bytes
    where: str
    older: bytes | None
    files: Mapping[str, bytes]


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
    plain = 0
    for index, kind, payload in chunks(data):
        if index == 0:
            check_size(kind, payload)
        elif kind == b"acTL":
            report.container = "apng"
            report.unsupported.append(Line(f"png.acTL[{index}]", Note.ANIMATION))
        elif kind in {b"tEXt", b"zTXt", b"iTXt"}:
            chunk = _text(kind.decode(), payload, index)
            plain += not chunk.keyword.startswith(ASSET_KEYWORD)
            if plain > limits.TEXT_CHUNKS or len(found) >= limits.TEXT_CHUNKS + limits.ARCHIVE_FILES:
                raise CardRefused(Refusal.TOO_MANY_CHUNKS, f"png.chunk[{index}]", limit=limits.TEXT_CHUNKS)
            found.append(chunk)
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
    if name.startswith(ASSET_KEYWORD):
        return TextChunk(kind, name, rest if kind == "tEXt" else b"", index)
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


def find(data: bytes, report: ReportBuilder) -> Found:
    """Return the card of a PNG; raise `CardRefused` where there is none or the file is broken.

    `ccv3` comes before `chara`, the first of several before the others.
    """
    found: dict[str, list[TextChunk]] = {}
    files: dict[str, bytes] = {}
    for chunk in texts(data, report):
        if chunk.keyword.lower() in CARD_KEYWORDS:
            found.setdefault(chunk.keyword.lower(), []).append(chunk)
        elif chunk.keyword.startswith(ASSET_KEYWORD):
            _take_file(chunk, files, report)
    for keyword in CARD_KEYWORDS:
        if keyword not in found:
            continue
        chunk = found[keyword][0]
        if len(found[keyword]) > 1:
            report.warnings.append(Line(found[keyword][1].path, Note.TWO_CHUNKS, keyword))
        if chunk.kind != "tEXt":
            report.warnings.append(Line(chunk.path, Note.ODD_CHUNK, chunk.kind))
        older = _decode(found["chara"][0], ReportBuilder()) if len(found) > 1 else None
        return Found(_decode(chunk, report), chunk.path, older, files)
    raise CardRefused(Refusal.NO_CARD, "png")


def _take_file(chunk: TextChunk, files: dict[str, bytes], report: ReportBuilder) -> None:
    """Put a file of the legacy chunks among `files`; one that is garbled or oddly named is left out with a line."""
    name = chunk.keyword.removeprefix(ASSET_KEYWORD).removeprefix(":")
    try:
        path = safe_path(name, "png")
        raw = base64.b64decode(b"".join(chunk.raw.split()), validate=True)
    except (CardRefused, binascii.Error):
        report.warnings.append(Line(chunk.path, Note.ODD_PATH))
        return
    if path in files or len(files) >= limits.ARCHIVE_FILES:
        report.warnings.append(Line(chunk.path, Note.TWO_CHUNKS, path[:60]))
        return
    files[path] = raw


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


def write(picture: bytes, *, v3: JsonObject | None, v2: JsonObject, files: Mapping[str, bytes] | None = None) -> bytes:
    """Return the PNG `picture` with the card in `chara` (V2) and `ccv3` (V3), files in chunks of their own.

    Other text chunks are dropped. Raises `CardRefused` where a card is too large for a chunk that readers accept.
    """
    cards = [("chara", v2)] if v3 is None else [("chara", v2), ("ccv3", v3)]
    out = [SIGNATURE]
    for _index, kind, payload in chunks(picture):
        if kind in {b"tEXt", b"zTXt", b"iTXt", b"eXIf"}:
            continue
        if kind == b"IEND":
            out.extend(_card_chunk(keyword, card) for keyword, card in cards)
            out.extend(_file_chunk(path, raw) for path, raw in (files or {}).items())
        out.append(_chunk(kind, payload))
    return b"".join(out)


def _file_chunk(path: str, raw: bytes) -> bytes:
    return _chunk(b"tEXt", f"{ASSET_KEYWORD}:{path}".encode("latin-1") + b"\0" + base64.b64encode(raw))


def _card_chunk(keyword: str, card: JsonObject) -> bytes:
    text = json.dumps(card, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    payload = keyword.encode() + b"\0" + base64.b64encode(text)
    if len(payload) > limits.CARD_CHUNK_BYTES:
        raise CardRefused(Refusal.CHUNK_TOO_LARGE, keyword, limit_kib=limits.CARD_CHUNK_BYTES // 1024)
    return _chunk(b"tEXt", payload)


def _chunk(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))
