"""Lorebooks: those that stand alone, a character's and a storyline's, all edited by the same functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from django.db import transaction
from django.utils.text import get_valid_filename

from accounts.models import Persona, User
from characters import booksettings, entries
from characters.cards import fields, files
from characters.cards.errors import CardRefused, Refusal
from characters.cards.limits import Json, JsonObject
from characters.cards.report import ImportReport
from characters.entries import EntryChanged, EntryUnknown, Placed
from characters.exceptions import BookRefused, CardUnreadable, DraftLocked, EntryStale, TooManyBooks
from characters.locks import Kind, Target
from characters.models import Character, Storyline, WorldBook
from characters.services.drafts import change_draft
from characters.services.locks import adopt_locks, set_lock
from characters.wording import refusal

BOOKS_AN_OWNER = 200
NAME_CHARS = 120
Holder = WorldBook | Character | Storyline
_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True)
class Download:
    filename: str
    content: bytes
    content_type: str = "application/json"


@transaction.atomic
def create_book(
    owner: User,
    *,
    name: str = "",
    data: JsonObject | None = None,
    envelope: JsonObject | None = None,
    report: Mapping[str, Any] | None = None,
    limit: int | None = BOOKS_AN_OWNER,
) -> WorldBook:
    """Keep a new lorebook, empty or from `data`; `report` is that of its import. Raises `TooManyBooks`, `BookRefused`.

    Its title is `name`, or what the book calls itself. An operator's own import passes `limit=None`.
    """
    if limit is not None and WorldBook.objects.owned_by(owner).count() >= limit:
        raise TooManyBooks
    book: JsonObject = {"extensions": {}, "entries": [], **({"name": name} if name else {}), **(data or {})}
    _checked(lambda: entries.check_book(book))
    title = _title(name or fields.text(book, "name"))
    return WorldBook.objects.create(
        owner=owner, name=title, data=book, envelope=envelope or {}, import_report=dict(report) if report else None
    )


def import_book(owner: User, filename: str, data: bytes) -> tuple[WorldBook, ImportReport]:
    """Keep the lorebook of a file: one that stands alone (V3, SillyTavern), or the one inside a card.

    Raises `CardUnreadable` with reason and path, `TooManyBooks`; then nothing is kept.
    """
    book, envelope, report = read_book(filename, data)
    name = fields.text(book, "name") or filename.rsplit(".", 1)[0]
    made = create_book(owner, name=name, data=book, envelope=envelope, report=asdict(report))
    return made, report


def read_book(filename: str, data: bytes) -> tuple[JsonObject, JsonObject, ImportReport]:
    """Return book, envelope and report of a lorebook file or of a card that has one; raise `CardUnreadable`."""
    try:
        loaded = files.load(filename, data)
        if loaded.book is not None:
            return loaded.book, loaded.envelope, loaded.report
        found = fields.mapping(loaded.card.data, "character_book") if loaded.card is not None else {}
        if not found:
            raise CardRefused(Refusal.NOT_A_CARD, "data.character_book")
    except CardRefused as exc:
        raise CardUnreadable(refusal(exc), field=exc.path or "file", reason=exc.reason.value, path=exc.path) from exc
    return found, {}, loaded.report


def import_entries(holder: Holder, filename: str, data: bytes) -> tuple[int, ImportReport]:
    """Add the entries of a lorebook file to a book that is there; return how many, and the report.

    Entries keep their id where it is free. A book that says nothing of itself yet takes the file's settings.
    """
    read, _envelope, report = read_book(filename, data)
    found = fields.objects(read, "entries")

    def extend(book: JsonObject) -> tuple[JsonObject, int]:
        if not book.get("entries"):
            book = {**read, **{name: value for name, value in book.items() if value}, "entries": []}
        return entries.add_all(book, found), len(found)

    with transaction.atomic():
        count = change(holder, extend)
        if isinstance(holder, Character):  # prices of the file's locks become the creator's own offers
            change_draft(holder, _adopt)
    return count, report


def _adopt(character: Character) -> None:
    character.card = adopt_locks(character, character.draft).data


def update_book(book: WorldBook, *, is_everywhere: bool | None = None, **settings: Json) -> WorldBook:
    """Change what the book says of itself (`booksettings.SETTINGS`; None takes a setting away) and where it is read."""

    def set_(data: JsonObject) -> tuple[JsonObject, None]:
        return booksettings.changed(data, settings), None

    with transaction.atomic():
        change(book, set_)
        name = settings.get("name")
        if isinstance(name, str):
            book.name = _title(name)
        if is_everywhere is not None:
            book.is_everywhere = is_everywhere
        book.save(update_fields=["name", "is_everywhere", "updated_at"])
    return book


def configure(holder: Holder, settings: Mapping[str, Json]) -> JsonObject:
    """Change what any book says of itself; return the book."""
    if isinstance(holder, WorldBook):
        return update_book(holder, **settings).data  # type: ignore[arg-type, no-any-return]
    change(holder, lambda data: (booksettings.changed(data, settings), None))
    return book_of(holder)


def delete_book(book: WorldBook) -> None:
    """Throw a lorebook away; chats and personas go on without it."""
    book.delete()


def attach_to_personas(book: WorldBook, personas: Iterable[Persona]) -> None:
    """Let exactly these personas of its owner bring the book along; others' personas are left out."""
    book.personas.set([persona for persona in personas if persona.user_id == book.owner_id])


def attach_to_persona(book: WorldBook, persona: Persona) -> None:
    """Let a persona of the book's owner bring it along. Safe to repeat."""
    attach_to_personas(book, [*book.personas.all(), persona])


def detach_from_persona(book: WorldBook, persona: Persona) -> None:
    """Let a persona bring the book along no longer. Safe to repeat."""
    book.personas.remove(persona)


def export_book(book: WorldBook, file_format: str) -> Download:
    """Return the book as a file: `lorebook_v3` or `sillytavern` (its world info)."""
    stem = get_valid_filename(book.name.replace(" ", "-")) if book.name.strip("./ ") else "lorebook"
    content = _checked(lambda: files.dump_book(book.data, book.envelope, file_format))
    return Download(f"{stem}.json", content)


def book_of(holder: Holder) -> JsonObject:
    """Return the book that a holder holds, `{}` where there is none."""
    if isinstance(holder, WorldBook):
        return dict(holder.data)
    if isinstance(holder, Storyline):
        return dict(holder.lorebook)
    return fields.mapping(holder.card, "character_book")


def placed(holder: Holder, ref: str) -> Placed:
    """Return one entry of a book; raise `EntryStale` where there is none of this ref."""
    return _checked(lambda: entries.entry_of(book_of(holder), ref))


def add_entry(holder: Holder, entry: JsonObject) -> Placed:
    """Add an entry at the end, with an id of its own. Raises `BookRefused`, `DraftLocked`."""
    return change(holder, lambda book: entries.add(book, entry))


def update_entry(holder: Holder, ref: str, changes: JsonObject, *, seen: str = "") -> Placed:
    """Merge `changes` into one entry; `seen` is what the editor saw. Raises `EntryStale`, `BookRefused`."""
    return change(holder, lambda book: entries.change(book, ref, changes, seen=seen))


def remove_entry(holder: Holder, ref: str, *, seen: str = "") -> None:
    """Take one entry out. Raises `EntryStale`."""
    change(holder, lambda book: (entries.remove(book, ref, seen=seen), None))


def reorder(holder: Holder, refs: Sequence[str]) -> None:
    """Put the named entries into this order, in the places they have. Raises `EntryStale`."""
    change(holder, lambda book: (entries.reorder(book, refs), None))


def move_entry(holder: Holder, ref: str, *, by: int) -> None:
    """Let an entry change places with the one `by` places further; at the ends it stays. Raises `EntryStale`."""

    def swap(book: JsonObject) -> tuple[JsonObject, None]:
        listed = entries.listed(book)
        here = entries.entry_of(book, ref)
        place = next(at for at, one in enumerate(listed) if one.index == here.index)
        other = min(max(place + by, 0), len(listed) - 1)
        if other == place:
            return book, None
        pair = [listed[other].ref, ref] if other > place else [ref, listed[other].ref]
        return entries.reorder(book, pair), None

    change(holder, swap)


@transaction.atomic
def lock_entry(character: Character, ref: str, *, price_coins: int, affinity: int, title: str | None = None) -> None:
    """Lock one entry of a character's own lorebook as `set_lock` does, found by its ref. Raises `EntryStale`."""
    here = placed(_lock(character), ref)
    set_lock(character, Target(Kind.ENTRY, here.index), price_coins=price_coins, affinity=affinity, title=title)


def change(holder: Holder, edit: Callable[[JsonObject], tuple[JsonObject, _Made]]) -> _Made:
    """Apply `edit` to the book in the locked row and keep the result; return what else `edit` returns.

    Raises `DraftLocked` where a moderator reads the character, `EntryStale` and `BookRefused` for the edit.
    """
    with transaction.atomic():
        locked = _lock(holder)
        book, made = _checked(lambda: edit(book_of(locked)))
        _keep(locked, book)
    _show(holder, locked)
    return made


def _lock(holder: Holder) -> Holder:
    if isinstance(holder, WorldBook):
        return WorldBook.objects.select_for_update().get(pk=holder.pk)
    pk = holder.character_id if isinstance(holder, Storyline) else holder.pk
    character = Character.objects.select_for_update().get(pk=pk)
    if not character.is_editable:
        raise DraftLocked
    return Storyline.objects.select_for_update().get(pk=holder.pk) if isinstance(holder, Storyline) else character


def _keep(holder: Holder, book: JsonObject) -> None:
    if isinstance(holder, WorldBook):
        holder.data = book
        holder.save(update_fields=["data", "updated_at"])
    elif isinstance(holder, Storyline):
        holder.lorebook = book
        holder.save(update_fields=["lorebook", "updated_at"])
    else:
        holder.card = holder.draft.with_changes(character_book=book).data
        holder.save(update_fields=["card", "updated_at"])


def _show(holder: Holder, locked: Holder) -> None:
    names = {WorldBook: "data", Storyline: "lorebook", Character: "card"}
    for name in (names[type(holder)], "updated_at"):
        setattr(holder, name, getattr(locked, name))


def _checked(edit: Callable[[], _Made]) -> _Made:
    try:
        return edit()
    except CardRefused as exc:
        raise BookRefused(refusal(exc), field=exc.path, reason=exc.reason.value, path=exc.path) from exc
    except (EntryUnknown, EntryChanged) as exc:
        raise EntryStale(field="entry") from exc


def _title(name: str) -> str:
    return " ".join(name.split())[:NAME_CHARS] or "?"
