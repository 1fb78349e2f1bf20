"""ZIP archives without trust: every limit is checked in the central directory first and again while unpacking.

Archives may stand behind a prefix (a picture, a self-extractor); nothing is searched for but the end record.
"""

from __future__ import annotations

import stat
import struct
import unicodedata
import zlib
from dataclasses import dataclass

from characters.cards import limits
from characters.cards.errors import CardRefused, Refusal

_END = b"PK\x05\x06"
_END_RECORD = struct.Struct("<4s4H2LH")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
# The end record, behind it a comment of at most 65,535 bytes: no other place has to be searched.
_TAIL = _END_RECORD.size + 0xFFFF
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_UTF8 = 0x800
_STORED, _DEFLATED = 0, 8
_MAX32 = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive. `start` is where its packed bytes begin, `offset` where its local header does."""

    path: str
    method: int
    crc: int
    packed: int
    size: int
    offset: int
    start: int

    @property
    def place(self) -> str:
        return f"charx.{self.path[:120]}"


def is_archive(data: bytes) -> bool:
    """Whether an end record stands at the end of `data`; what it says may still be wrong."""
    return data.find(_END, max(0, len(data) - _TAIL)) >= 0


def members(data: bytes) -> tuple[Member, ...]:
    """Return the files of an archive, folders left out; raise `CardRefused` for anything that a card never has."""
    end, count, size, offset = _end_record(data)
    begin = end - size
    shift = begin - offset
    if shift < 0:
        raise CardRefused(Refusal.BROKEN_ARCHIVE, "charx")
    if count > limits.ARCHIVE_FILES:
        raise CardRefused(Refusal.TOO_MANY_FILES, "charx", limit=limits.ARCHIVE_FILES)
    found: dict[str, Member] = {}
    spans: list[tuple[int, int, str]] = []
    place = begin
    for _ in range(count):
        if place + _CENTRAL.size > end:
            raise CardRefused(Refusal.BROKEN_ARCHIVE, "charx")
        member, place, is_folder = _member(data, place, shift)
        spans.append((member.offset, member.start + member.packed, member.place))
        if member.path in found:
            raise CardRefused(Refusal.DUPLICATE_PATH, member.place)
        if not is_folder:
            found[member.path] = member
    if place != end:
        raise CardRefused(Refusal.BROKEN_ARCHIVE, "charx")
    _check_spans(spans, begin)
    _check_sizes(tuple(found.values()))
    return tuple(found.values())


def _end_record(data: bytes) -> tuple[int, int, int, int]:
    """Return (place of the end record, number of members, size of the directory, its offset)."""
    end = data.rfind(_END, max(0, len(data) - _TAIL))
    if end < 0 or end + _END_RECORD.size > len(data):
        raise CardRefused(Refusal.BROKEN_ARCHIVE, "charx")
    _sig, disk, first, here, count, size, offset, comment = _END_RECORD.unpack_from(data, end)
    if disk or first or here != count or end + _END_RECORD.size + comment > len(data):
        raise CardRefused(Refusal.BROKEN_ARCHIVE, "charx")
    return end, count, size, offset


def _member(data: bytes, place: int, shift: int) -> tuple[Member, int, bool]:
    """Return (the member whose directory entry is at `place`, place of the next entry, whether it is a folder)."""
    header = _CENTRAL.unpack_from(data, place)
    sig, _made, _need, flags, method, _time, _date, crc, packed, size, name_size, extra, comment = header[:13]
    attributes, offset = header[15:]
    name_at = place + _CENTRAL.size
    raw = data[name_at : name_at + name_size]
    if sig != b"PK\x01\x02" or len(raw) != name_size:
        raise CardRefused(Refusal.BROKEN_ARCHIVE, "charx")
    path = safe_path(_decoded(raw, flags), "charx")
    where = f"charx.{path[:120]}"
    after = name_at + name_size
    size, packed, offset = _wide(data[after : after + extra], (size, packed, offset), where)
    if flags & _ENCRYPTED:
        raise CardRefused(Refusal.ENCRYPTED, where)
    if stat.S_ISLNK(attributes >> 16):
        raise CardRefused(Refusal.UNSAFE_PATH, where)
    if method not in {_STORED, _DEFLATED} or (method == _STORED and packed != size):
        raise CardRefused(Refusal.BROKEN_ARCHIVE, where)
    start = _local(data, offset + shift, raw, where)
    is_folder = raw.endswith((b"/", b"\\"))
    if is_folder and size:
        raise CardRefused(Refusal.UNSAFE_PATH, where)
    member = Member(path, method, crc, packed, size, offset + shift, start)
    return member, after + extra + comment, is_folder


def _wide(extra: bytes, narrow: tuple[int, int, int], where: str) -> tuple[int, ...]:
    """Return the numbers of a member, taken from its ZIP64 field where 32 bits say "look there"."""
    if _MAX32 not in narrow:
        return narrow
    place = 0
    while place + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, place)
        if kind == 1 and length >= 8 * narrow.count(_MAX32) and place + 4 + length <= len(extra):
            numbers = iter(struct.unpack_from(f"<{length // 8}Q", extra, place + 4))
            return tuple(next(numbers) if number == _MAX32 else number for number in narrow)
        place += 4 + length
    raise CardRefused(Refusal.BROKEN_ARCHIVE, where)


def _local(data: bytes, offset: int, name: bytes, where: str) -> int:
    """Return where the packed bytes begin; the local header has to tell the same story as the directory."""
    if offset + _LOCAL.size > len(data):
        raise CardRefused(Refusal.BROKEN_ARCHIVE, where)
    sig, _need, flags, *_rest, name_size, extra = _LOCAL.unpack_from(data, offset)
    name_at = offset + _LOCAL.size
    if sig != b"PK\x03\x04" or data[name_at : name_at + name_size] != name:
        raise CardRefused(Refusal.BROKEN_ARCHIVE, where)
    if flags & _ENCRYPTED:
        raise CardRefused(Refusal.ENCRYPTED, where)
    return name_at + int(name_size) + int(extra)


def _decoded(raw: bytes, flags: int) -> str:
    if not flags & _UTF8:
        try:
            return raw.decode("ascii")
        except UnicodeDecodeError:
            pass  # many programs write UTF-8 without saying so
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp437")


def safe_path(name: str, where: str) -> str:
    """Return `name` as a relative path with `/`; raise `CardRefused` where it leads out of the archive."""
    path = name.replace("\\", "/").removesuffix("/").removeprefix("./")
    odd = any(unicodedata.category(sign) in {"Cc", "Cf", "Cs"} for sign in path)
    parts = path.split("/")
    if odd or len(path) > limits.PATH_CHARS or ":" in parts[0] or any(part in {"", ".", ".."} for part in parts):
        shown = "".join(sign if sign.isprintable() else "?" for sign in path[:60])
        raise CardRefused(Refusal.UNSAFE_PATH, f"{where}.{shown}")
    return path


def _check_spans(spans: list[tuple[int, int, str]], begin: int) -> None:
    """Refuse members that share bytes: the way to make a bomb of a small file."""
    spans.sort()
    for i, (_start, end, place) in enumerate(spans):
        if end > (spans[i + 1][0] if i + 1 < len(spans) else begin):
            raise CardRefused(Refusal.BROKEN_ARCHIVE, place)


def _check_sizes(found: tuple[Member, ...]) -> None:
    mib = limits.UNPACKED_BYTES // 1024 // 1024
    if sum(member.size for member in found) > limits.UNPACKED_BYTES:
        largest = max(found, key=lambda member: member.size)
        raise CardRefused(Refusal.UNPACKED_TOO_LARGE, largest.place, limit_mib=mib)
    for member in found:
        # A card of JSON may repeat itself as it likes: it has a limit of its own.
        if member.path != "card.json" and member.size > max(limits.RATIO_FROM, member.packed * limits.RATIO):
            raise CardRefused(Refusal.UNPACKED_TOO_LARGE, member.place, limit_mib=mib)


def unpack(data: bytes, member: Member) -> bytes:
    """Return the bytes of one member; raise `CardRefused` where size or checksum are not as announced."""
    packed = memoryview(data)[member.start : member.start + member.packed]
    raw = bytes(packed) if member.method == _STORED else _inflate(packed, member)
    if len(raw) != member.size:
        raise CardRefused(Refusal.BROKEN_ARCHIVE, member.place)
    if zlib.crc32(raw) != member.crc:
        raise CardRefused(Refusal.BAD_CRC, member.place)
    return raw


def _inflate(packed: memoryview, member: Member) -> bytes:
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        raw = unpacker.decompress(packed, member.size + 1)
    except zlib.error as exc:
        raise CardRefused(Refusal.BROKEN_ARCHIVE, member.place) from exc
    if not unpacker.eof:
        raise CardRefused(Refusal.BROKEN_ARCHIVE, member.place)
    return raw
