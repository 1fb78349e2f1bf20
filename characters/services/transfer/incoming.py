"""Files to drafts and lorebooks: everything is checked and re-encoded first, then one transaction keeps it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import PurePath
from typing import Any

from django.db import transaction

from accounts.models import User
from characters import art
from characters.cards import fields, files
from characters.cards.book import LoreBook
from characters.cards.errors import CardRefused, Refusal
from characters.cards.files import LoadedFile
from characters.cards.report import ImportReport, Line, Note
from characters.cards.schema import CharacterCard
from characters.exceptions import CardUnreadable
from characters.lorebook import regex_problems
from characters.models import Character, WorldBook
from characters.services import drafts
from characters.services.books import BOOKS_AN_OWNER, create_book
from characters.services.locks import adopt_locks
from characters.services.storylines import import_storylines
from characters.services.transfer import assets
from characters.wording import refusal

STORYLINES_KEY = "storylines"
# Set in exports whose picture is the drawn face: an import then draws it again instead of keeping a copy of it.
PORTRAIT_KEY, DRAWN = "portrait", "drawn"
LINES_A_GROUP = 500
_FILENAME_CHARS = 200
# Files that are their card's face themselves; in all others it is one asset among others.
_PICTURES = frozenset(("png", "apng", "webp"))


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file became: exactly one of `character` and `book`."""

    character: Character | None
    book: WorldBook | None
    report: ImportReport


@dataclass(frozen=True, slots=True)
class _Source:
    filename: str
    digest: str

    def report(self, report: ImportReport) -> dict[str, Any]:
        return {**asdict(report), "sha256": self.digest, "filename": self.filename}


def unreadable(exc: CardRefused) -> CardUnreadable:
    """Return the problem for a refused file, its sentence and its place."""
    return CardUnreadable(refusal(exc), field=exc.path or "file", reason=exc.reason.value, path=exc.path)


def open_file(filename: str, data: bytes) -> LoadedFile:
    """Return what a file holds without keeping anything; raise `CardUnreadable` with reason and path."""
    try:
        return files.load(filename, data)
    except CardRefused as exc:
        raise unreadable(exc) from exc


def import_card(
    owner: User, filename: str, data: bytes, *, limit: int | None = drafts.DRAFTS_AN_OWNER
) -> tuple[Character, ImportReport]:
    """Make a draft of a card file; a lorebook that stands alone is refused. Else as `import_file`."""
    loaded = open_file(filename, data)
    if loaded.card is None:
        raise unreadable(CardRefused(Refusal.LOREBOOK_ALONE, "spec"))
    return _import_card(owner, _Source(_short(filename), sha256(data).hexdigest()), loaded, loaded.card, limit)


def import_file(owner: User, filename: str, data: bytes, *, limit: int | None = drafts.DRAFTS_AN_OWNER) -> Imported:
    """Make a draft of a card file, or a lorebook of one that stands alone; nothing is ever half-saved.

    Raises `CardUnreadable` with reason and path, `TooManyCharacters` past `limit` drafts, `TooManyBooks`.
    """
    drafts.require_room(owner, limit)
    loaded = open_file(filename, data)
    source = _Source(_short(filename), sha256(data).hexdigest())
    if loaded.card is not None:
        character, report = _import_card(owner, source, loaded, loaded.card, limit)
        return Imported(character, None, report)
    data_of_book = loaded.book or {}
    name = fields.text(data_of_book, "name") or PurePath(source.filename).stem
    report = _with_notes(loaded.report, None, _dead_patterns(LoreBook.of(data_of_book), "data."))
    kept = source.report(report)
    shelf = BOOKS_AN_OWNER if limit is not None else None
    book = create_book(owner, name=name, data=data_of_book, envelope=loaded.envelope, report=kept, limit=shelf)
    return Imported(None, book, report)


def _short(filename: str) -> str:
    name = PurePath(filename.replace("\\", "/")).name
    return "".join(char for char in name if char.isprintable())[-_FILENAME_CHARS:]


def _import_card(
    owner: User, source: _Source, loaded: LoadedFile, card: CharacterCard, limit: int | None
) -> tuple[Character, ImportReport]:
    """Keep a card with its picture, files, storylines and locks.

    Hidden storylines found in our own extension become storylines of the draft and leave the card's text.
    """
    drafts.require_room(owner, limit)
    is_drawn = card.extension.get(PORTRAIT_KEY) == DRAWN
    try:
        assets.check_pixels(loaded.files)
        portrait = None if is_drawn else _portrait(loaded)
        kept = assets.prepare(loaded.files)
    except CardRefused as exc:
        raise unreadable(exc) from exc
    art_name = drafts.keep_art(portrait) if portrait is not None else ""
    rows = assets.store(kept)
    if (icon := assets.icon_path(card)) in rows:
        # Which portrait was made of this file: once the creator brings another one, the file is no longer the face.
        rows[icon]["art"] = art_name
    shown = _without_face(loaded.report, card) if icon in rows and portrait is not None else loaded.report
    is_lost = portrait is None and loaded.picture is not None and not is_drawn
    if is_lost and assets.icon_path(card) not in loaded.files:
        kept.warnings.append(Line(assets.icon_place(card), Note.ASSET_DROPPED, Refusal.BAD_IMAGE.value))
    report = _with_notes(shown, portrait, [*kept.warnings, *_dead_patterns(card.book, "data.character_book.")])
    hidden = fields.objects(card.extension, STORYLINES_KEY)
    with transaction.atomic():
        public = card.with_cardia(**{STORYLINES_KEY: None, PORTRAIT_KEY: None})
        character = drafts.create_character(owner, card=public, art_name=art_name, limit=limit)
        character.files, character.import_report = rows, source.report(report)
        character.card = adopt_locks(character, character.draft).data
        character.save(update_fields=["card", "files", "import_report", "updated_at"])
        import_storylines(character, hidden)
    return character, report


def _portrait(loaded: LoadedFile) -> art.Picture | None:
    """Return the card's face. Where it is one asset among others, a broken one is left out."""
    if loaded.picture is None:
        return None
    try:
        return art.portrait(loaded.picture)
    except CardRefused as exc:
        if loaded.report.container not in _PICTURES and exc.reason is Refusal.BAD_IMAGE:
            return None
        raise


def _with_notes(report: ImportReport, portrait: art.Picture | None, notes: list[Line]) -> ImportReport:
    if portrait is not None and portrait.label is not None:
        notes = [Line("picture", Note.AI_LABEL, portrait.label.level), *notes]
    return _bounded(replace(report, warnings=(*report.warnings, *notes)))


def _without_face(report: ImportReport, card: CharacterCard) -> ImportReport:
    """Return the report without the line that says the main icon is not shown: it is the portrait."""
    main = assets.icon_place(card)
    shown = tuple(line for line in report.unsupported if (line.path, line.note) != (main, Note.NOT_SHOWN))
    return replace(report, unsupported=shown)


def _bounded(report: ImportReport) -> ImportReport:
    """Return the report as it is kept and shown: of a card with thousands of odd fields the first of each group."""

    def cut(lines: tuple[Line, ...]) -> tuple[Line, ...]:
        more = len(lines) - LINES_A_GROUP
        return (*lines[:LINES_A_GROUP], Line("", Note.MORE, str(more))) if more > 0 else lines

    return replace(
        report,
        kept=cut(report.kept),
        defaulted=cut(report.defaulted),
        unsupported=cut(report.unsupported),
        warnings=cut(report.warnings),
    )


def _dead_patterns(book: LoreBook, where: str) -> list[Line]:
    """Return a line for every key that is a pattern our engine cannot run."""
    return [Line(f"{where}{path}", Note.REGEX_OFF, reason) for path, reason in regex_problems(book)]
