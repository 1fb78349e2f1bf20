"""The mark that AI made a picture: found in whatever metadata a file came with, written into what we encode.

GB 45438-2025 puts a JSON object under the name `AIGC` into the metadata; IPTC has the property
`DigitalSourceType`; C2PA manifests name the same source type. Traces that image generators leave
(prompts as PNG text) count as "suspected" (Label 3 of the same standard). No Django.
"""

from __future__ import annotations

import html
import json
import re
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from characters.art.sniff import Kind, kind_of

IS_AI, MAY_BE_AI, LOOKS_LIKE_AI = "1", "2", "3"
KEYWORD: Final = "AIGC"
XMP_KEYWORD: Final = "XML:com.adobe.xmp"
_FIELDS: Final = (
    "Label",
    "ContentProducer",
    "ProduceID",
    "ReservedCode1",
    "ContentPropagator",
    "PropagateID",
    "ReservedCode2",
)
_FIELD_CHARS: Final = 400
_METADATA_BYTES: Final = 512 * 1024
_BLOCKS: Final = 64
_PNG_HEADER_END: Final = 33

# The object itself, or the one inside {"AIGC": {…}}; it holds strings only, so that no brace can nest in it.
_OBJECT: Final = re.compile(r'AIGC.{0,80}?(\{[^{}]{0,4000}?"Label"[^{}]{0,4000}\})', re.DOTALL)
_SOURCE: Final = re.compile(r"(?i)(compositeWithTrainedAlgorithmicMedia|trainedAlgorithmicMedia)")
# What image generators write as PNG text: Stable Diffusion, ComfyUI, InvokeAI, NovelAI.
_TRACES: Final = frozenset({"parameters", "prompt", "workflow", "dream", "sd-metadata", "invokeai_metadata"})
_TRACE_WORDS: Final = ("Steps: ", "NovelAI", "class_type")
_SOURCE_BASE: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/"


@dataclass(frozen=True, slots=True)
class AiLabel:
    """`fields`: the AIGC object as it was found, its known members only. `source`: the IPTC source type."""

    fields: Mapping[str, str] = field(default_factory=lambda: {"Label": IS_AI})
    source: str = "trainedAlgorithmicMedia"

    @property
    def level(self) -> str:
        return self.fields.get("Label", IS_AI)

    def as_json(self) -> str:
        return json.dumps(dict(self.fields), ensure_ascii=True, separators=(",", ":"))

    def as_xmp(self) -> bytes:
        """Return the XMP packet that carries both marks."""
        source = f' Iptc4xmpExt:DigitalSourceType="{_SOURCE_BASE}{self.source}"' if self.level == IS_AI else ""
        return (
            '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
            '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
            '<rdf:Description rdf:about="" xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/"'
            f' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"{source}>'
            f"<TC260:AIGC>{html.escape(self.as_json(), quote=False)}</TC260:AIGC>"
            '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
        ).encode()


def label_of(data: bytes) -> AiLabel | None:
    """Return the label a picture file carries, None where it carries none. Never raises; reads metadata only."""
    found = _blocks(data)
    spent, trace = 0, False
    for index, (name, raw) in enumerate(found):
        spent += len(raw)
        if index >= _BLOCKS or spent > _METADATA_BYTES:
            break
        text = html.unescape(f"{name} {_as_text(raw)}")
        label = _read(text)
        if label is not None:
            return label
        trace = trace or _is_trace(name, text)
    return AiLabel({"Label": LOOKS_LIKE_AI}) if trace else None


def _as_text(raw: bytes) -> str:
    # EXIF comments may be UTF-16: without the zero bytes ASCII stays readable in either byte order.
    return raw.replace(b"\0", b"").decode("utf-8", "replace")


def _read(text: str) -> AiLabel | None:
    source = _SOURCE.search(text)
    marked = _OBJECT.search(text)
    fields = _fields(marked[1]) if marked else {}
    if not fields and not source:
        return None
    return AiLabel(fields or {"Label": IS_AI}, source[1] if source else "trainedAlgorithmicMedia")


def _fields(text: str) -> dict[str, str]:
    for spelled in (text, text.replace('\\"', '"')):
        try:
            found = json.loads(spelled)
        except ValueError:
            continue
        known = {name: str(found[name]) for name in _FIELDS if isinstance(found.get(name), str | int)}
        clean = {name: _printable(value) for name, value in known.items()}
        return clean if clean.get("Label") in {IS_AI, MAY_BE_AI, LOOKS_LIKE_AI} else {}
    return {}


def _printable(value: str) -> str:
    return "".join(char for char in value[:_FIELD_CHARS] if char.isprintable())


def _is_trace(name: str, text: str) -> bool:
    lowered = name.lower()
    if lowered in _TRACES:
        return True
    return lowered in {"software", "comment", "exif"} and any(word in text for word in _TRACE_WORDS)


def _blocks(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield (name, content) of the metadata blocks of a file; what is broken ends the walk."""
    kind = kind_of(data)
    if kind is Kind.PNG:
        return _png_blocks(data)
    if kind is Kind.JPEG:
        return _jpeg_blocks(data)
    if kind is Kind.WEBP:
        return _webp_blocks(data)
    return iter(())


def _png_blocks(data: bytes) -> Iterator[tuple[str, bytes]]:
    offset = 8
    while offset + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, offset)
        if kind == b"IEND":
            return
        if kind in {b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"caBX"} and length <= _METADATA_BYTES:
            yield _png_block(kind, data[offset + 8 : offset + 8 + length])
        offset += 12 + length


def _png_block(kind: bytes, payload: bytes) -> tuple[str, bytes]:
    if kind in {b"eXIf", b"caBX"}:
        return ("exif" if kind == b"eXIf" else "c2pa"), payload
    keyword, _zero, rest = payload.partition(b"\0")
    name = keyword.decode("latin-1")[:79]
    if name.lower() in {"chara", "ccv3"}:
        return "card", b""
    if kind == b"zTXt":
        return name, _inflated(rest[1:])
    if kind == b"iTXt":
        text = rest[2:].split(b"\0", 2)[-1]
        return name, _inflated(text) if rest[:1] == b"\x01" else text
    return name, rest


def _inflated(packed: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(packed, _METADATA_BYTES)
    except zlib.error:
        return b""


def _jpeg_blocks(data: bytes) -> Iterator[tuple[str, bytes]]:
    offset = 2
    while offset + 4 <= len(data) and data[offset] == 0xFF:
        marker = data[offset + 1]
        if marker in {0xDA, 0xD9}:  # pixels begin, or the file ends
            return
        length = int.from_bytes(data[offset + 2 : offset + 4], "big")
        if marker == 0xFE or 0xE1 <= marker <= 0xEF:
            name = {0xE1: "exif", 0xEB: "c2pa", 0xFE: "comment"}.get(marker, "app")
            yield name, data[offset + 4 : offset + 2 + length]
        offset += 2 + max(length, 2)


def _webp_blocks(data: bytes) -> Iterator[tuple[str, bytes]]:
    offset = 12
    while offset + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, offset)
        if kind in {b"EXIF", b"XMP ", b"C2PA"} and length <= _METADATA_BYTES:
            yield kind.decode().strip().lower(), data[offset + 8 : offset + 8 + length]
        offset += 8 + length + (length & 1)


def with_png_label(png: bytes, label: AiLabel) -> bytes:
    """Return a PNG with the label in XMP and in a text chunk `AIGC`, right behind its header."""
    packet = f"{XMP_KEYWORD}\0\0\0\0\0".encode() + label.as_xmp()
    text = f"{KEYWORD}\0{label.as_json()}".encode()
    marks = _chunk(b"iTXt", packet) + _chunk(b"tEXt", text)
    return png[:_PNG_HEADER_END] + marks + png[_PNG_HEADER_END:]


def _chunk(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))
