"""The front door of cards: a file's bytes to a card or a lorebook, and a card to the bytes of a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath

from characters.cards import archive, assets, carried, charx, limits, png, specs, webp, worldinfo, yamls
from characters.cards.errors import CardRefused, Refusal
from characters.cards.limits import Json, JsonObject
from characters.cards.report import ImportReport, Line, Note, ReportBuilder
from characters.cards.schema import CharacterCard
from characters.cards.shape import V1_FIELDS

FORMATS = ("v2-png", "v3-png", "json", "charx")
BOOK_FORMATS = (specs.LOREBOOK, "sillytavern")
_BOM = b"\xef\xbb\xbf"
_JPEG = b"\xff\xd8\xff"
_MARGIN = 64 * 1024


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


@dataclass(frozen=True, slots=True)
class _Opened:
    """A container taken apart: the document in it, what else was there, and an older copy of the card."""

    value: Json
    picture: bytes | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)
    older: bytes | None = None


def load(filename: str, data: bytes) -> LoadedFile:
    """Return what the file holds, found out by content; raise `CardRefused` with reason and path.

    `filename` only names a card that has no name.
    """
    report = ReportBuilder()
    opened = _open(data, report)
    value, files, face = opened.value, dict(opened.files), None
    if isinstance(value, dict):
        value, files, face = carried.restore(_at_home(value, files), files)
    files = assets.drop_svg(files, report.container, report)
    document = specs.read(value, report)
    card = document.card
    if card is None:
        return LoadedFile(None, document.book, document.envelope, None, {}, report.build())
    assets.note(card.data, files, report)
    if opened.older is not None and _differs(card, opened.older):
        report.warnings.append(Line("png.chara", Note.BOTH_CHUNKS))
    card = _named(card, filename, report)
    picture = face or _face(card, files, opened)
    return LoadedFile(card, None, card.envelope, picture, files, report.build())


def _open(data: bytes, report: ReportBuilder) -> _Opened:
    """Take the container apart; the limits on its size hold before anything is decoded."""
    is_plain = data.startswith(png.SIGNATURE) or webp.is_webp(data) or not archive.is_archive(data)
    most = limits.FILE_BYTES if is_plain else limits.ARCHIVE_BYTES
    if len(data) > most:
        raise CardRefused(Refusal.FILE_TOO_LARGE, "", limit_kib=most // 1024)
    if data.startswith(png.SIGNATURE):
        report.container = "png"
        found = png.find(data, report)
        return _Opened(limits.load_json(found.raw, where=found.where), data, found.files, found.older)
    if webp.is_webp(data):
        report.container = "webp"
        raw, where = webp.card_json(data)
        return _Opened(limits.load_json(raw, where=where), data)
    head = data[:512].removeprefix(_BOM).lstrip()
    if head.startswith((b"{", b"[")):
        return _Opened(_json(data, report))
    if not is_plain:
        report.container = "charx"
        raw, files, jpeg = charx.read(data)
        return _Opened(limits.load_json(raw, where="charx.card.json"), jpeg, files)
    return _Opened(_yaml(data, head, report))


def _json(data: bytes, report: ReportBuilder) -> Json:
    if data.startswith(_BOM):
        report.warnings.append(Line("$", Note.BOM))
    return limits.load_json(data)


def _yaml(data: bytes, head: bytes, report: ReportBuilder) -> JsonObject:
    """Return the YAML in `data`; it has no signature, so what cannot be it is told apart first."""
    if head[:5].lower() in {b"<?xml", b"<svg "} or b"<svg" in head.lower():
        raise CardRefused(Refusal.SVG)
    if data.startswith((_JPEG, b"GIF8")):
        raise CardRefused(Refusal.NO_CARD)
    if data.startswith(b"PK"):
        raise CardRefused(Refusal.BROKEN_ARCHIVE, "charx")
    if b"character_name:" not in data[: limits.YAML_BYTES]:
        raise CardRefused(Refusal.UNKNOWN_FORMAT)
    report.container = "yaml"
    return yamls.load(data)


def _at_home(value: JsonObject, files: Mapping[str, bytes]) -> JsonObject:
    """Return the document with `__asset:` addresses of PNG chunks spelled as every other address."""
    data = value.get("data")
    if not isinstance(data, dict) or not files:
        return value
    legacy = {f"__asset:{path}": assets.EMBEDDED + path for path in files}
    return {**value, "data": assets.readdressed(data, lambda _index, uri: legacy.get(uri))}


def _face(card: CharacterCard, files: Mapping[str, bytes], opened: _Opened) -> bytes | None:
    """Return the bytes of the card's picture: the PNG or WebP itself, else the main icon, else a JPEG before a zip."""
    if opened.picture is not None and not opened.picture.startswith(_JPEG):
        return opened.picture
    listed = assets.of(card.data)
    main = assets.main_icon(listed)
    uri = listed[main].get("uri") if main is not None else None
    path = assets.embedded_path(uri) if isinstance(uri, str) else None
    if path is not None and path in files:
        return files[path]
    return (assets.shown(uri) if isinstance(uri, str) else None) or opened.picture


def _differs(card: CharacterCard, older: bytes) -> bool:
    """Whether the V2 copy beside a V3 card tells another story; what cannot be read does."""
    try:
        other = specs.read(limits.load_json(older), ReportBuilder()).card
    except CardRefused:
        return True
    return other is None or any(card.data.get(name) != other.data.get(name) for name in V1_FIELDS)


def _named(card: CharacterCard, filename: str, report: ReportBuilder) -> CharacterCard:
    if card.name.strip():
        return card
    stem = PurePath(filename.replace("\\", "/")).stem
    # A name from a disk may hold what no database does.
    stem = "".join(sign for sign in stem if sign.isprintable()).strip()[:80] or "?"
    report.defaulted.append(Line("data.name", Note.NAMED_AFTER_FILE, stem))
    return card.with_changes(name=stem)


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

    `picture` must be a PNG for the two PNG formats, PNG, JPEG or WebP for the others, where None leaves it out.
    Files beyond what we would read again are left out of PNG and JSON; their entries stay.
    Raises `CardRefused` where the card does not fit the format.
    """
    card = CharacterCard(carried.take(card.data)[0], card.envelope)
    v3 = card.as_v3(created=created, modified=modified)
    data: JsonObject = v3["data"] if isinstance(v3["data"], dict) else {}
    if file_format == "json":
        room = limits.JSON_BYTES - len(limits.dump_json(v3)) - _MARGIN
        return limits.dump_json({**v3, "data": carried.pack_urls(data, files, picture, room)})
    if file_format == "charx":
        return charx.write(v3, files, picture)
    files = limits.fitting(files, limits.FILE_BYTES - len(picture or b"") - 2 * limits.CARD_CHUNK_BYTES)
    aliases = _png_names(files)
    packed = {aliases.get(path, path): raw for path, raw in files.items()}
    said: JsonObject = {alias: path for path, alias in aliases.items()}
    if file_format == "v3-png":
        data = carried.readdress(data, {path: f"__asset:{aliases.get(path, path)}" for path in files})
        return png.write(
            picture or b"", v3={**v3, "data": carried.put(data, paths=said)}, v2=card.as_v2(), files=packed
        )
    if file_format == "v2-png":
        v2 = card.as_v2_alone(created=created, modified=modified)
        old = v2["data"] if isinstance(v2["data"], dict) else {}
        return png.write(picture or b"", v3=None, v2={**v2, "data": carried.put(old, paths=said)}, files=packed)
    raise ValueError(file_format)


def _png_names(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return {path: keyword to write} for paths that a PNG keyword cannot hold."""
    made: dict[str, str] = {}
    for number, path in enumerate(files):
        if not path.isascii() or len(path) > png.PATH_BYTES:
            suffix = PurePath(path).suffix
            name = f"{number}{suffix if suffix.isascii() and len(suffix) < 8 else ''}"
            while name in files or name in made.values():
                name = f"_{name}"
            made[path] = name
    return made


def dump_book(book: JsonObject, envelope: JsonObject, file_format: str) -> bytes:
    """Return a stand-alone lorebook as `lorebook_v3` or `sillytavern` (world info) JSON."""
    if file_format == specs.LOREBOOK:
        root = {name: value for name, value in envelope.items() if name not in {"spec", "data"}}
        return limits.dump_json({"spec": specs.LOREBOOK, **root, "data": book})
    if file_format == "sillytavern":
        return limits.dump_json(worldinfo.write(book))
    raise ValueError(file_format)
