"""The entries of any lorebook JSON: find, add, change, remove, reorder. Pure; nothing it does not know is touched.

A book is a Book of Character Card V3. No function changes its arguments. An entry is addressed by its `ref`,
which does not depend on its place: two tabs that add, move and remove never change the wrong entry.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from characters.cards import limits
from characters.cards.errors import CardRefused, Refusal
from characters.cards.limits import Json, JsonObject
from characters.cards.report import ReportBuilder
from characters.cards.shape import fill_book

# No id of ours grows past what JavaScript and a card file can hold.
_HIGHEST_ID = 2**53 - 1
_REF_DIGITS = 16


class EntryUnknown(LookupError):
    """No entry of the book has this ref (any more)."""


class EntryChanged(Exception):
    """The entry is not what the editor saw. `entry` is as it stands."""

    def __init__(self, entry: Placed) -> None:
        self.entry = entry
        super().__init__(entry.ref)


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry in its book. `index` counts from 0; `seen` names exactly this content of it."""

    ref: str
    index: int
    raw: JsonObject

    @property
    def seen(self) -> str:
        return _digest(self.raw)


def listed(book: JsonObject) -> list[Placed]:
    """Return every entry with its ref, in the book's order. What is no object is left out, and stays in the book.

    The ref is the entry's integer `id` where that is unique; else a digest of its unique text id; else one
    of its content, which the first edit replaces by giving the entry an id.
    """
    rows = [(index, entry, _id_key(entry)) for index, entry in _rows(book)]
    ids = Counter(key for _index, _entry, key in rows)
    copies: Counter[str] = Counter()
    found = []
    for index, entry, key in rows:
        if key and ids[key] == 1:
            ref = key if key[0].isdigit() else f"t{_short(key)}"
        else:
            content = f"c{_short(_digest(entry))}"
            ref = f"{content}.{copies[content]}"
            copies[content] += 1
        found.append(Placed(ref, index, entry))
    return found


def entry_of(book: JsonObject, ref: str) -> Placed:
    """Return the entry of this ref; raise `EntryUnknown`."""
    for placed in listed(book):
        if placed.ref == ref:
            return placed
    raise EntryUnknown(ref)


def add(book: JsonObject, entry: JsonObject) -> tuple[JsonObject, Placed]:
    """Return the book with `entry` at its end, filled to a whole V3 entry with an id of its own, and the entry.

    Raises `CardRefused` with the path inside the entry, or when the book is full.
    """
    checked = {"use_regex": False, **check_entry(entry)}
    key = _id_key(checked)
    if not key or key in {_id_key(other) for _index, other in _rows(book)}:
        checked["id"] = free_id(book)
    return _extended(book, [checked])


def add_all(book: JsonObject, entries: Iterable[JsonObject]) -> JsonObject:
    """Return the book with `entries` at its end; one whose id is taken gets a new one. Raises `CardRefused`."""
    taken = {_id_key(other) for _index, other in _rows(book)}
    fresh, next_id = [], free_id(book)
    for entry in entries:
        copy = dict(entry)
        key = _id_key(copy)
        if not key or key in taken:
            while str(next_id) in taken:
                next_id += 1
            copy["id"] = next_id
        taken.add(_id_key(copy))
        fresh.append(copy)
    return _extended(book, fresh)[0] if fresh else book


def change(book: JsonObject, ref: str, changes: JsonObject, *, seen: str = "") -> tuple[JsonObject, Placed]:
    """Return the book with `changes` merged into one entry (RFC 7396: null removes a key), and that entry.

    An entry without an id gets one. `seen` is the `Placed.seen` the editor started from, "" to overwrite
    whatever stands there. Raises `EntryUnknown`, `EntryChanged` or `CardRefused`.
    """
    placed = _expected(book, ref, seen)
    raw = merged(placed.raw, changes)
    if not _id_key(raw):
        raw["id"] = free_id(book)
    elif "id" in changes and _id_key(raw) in {_id_key(other) for index, other in _rows(book) if index != placed.index}:
        raise CardRefused(Refusal.WRONG_TYPE, "id", wanted="an id of its own", found="one that is taken")
    check_entry(raw)
    whole = _with_rows(book, [*_all(book)[: placed.index], raw, *_all(book)[placed.index + 1 :]])
    return whole, next(found for found in listed(whole) if found.index == placed.index)


def remove(book: JsonObject, ref: str, *, seen: str = "") -> JsonObject:
    """Return the book without one entry. Raises `EntryUnknown` or `EntryChanged`."""
    index = _expected(book, ref, seen).index
    return _with_rows(book, [*_all(book)[:index], *_all(book)[index + 1 :]])


def reorder(book: JsonObject, refs: Sequence[str]) -> JsonObject:
    """Return the book with the entries of `refs` in that order, in the places these had; the others stay.

    Raises `EntryUnknown` at the first ref that is not in the book or comes twice.
    """
    known = {placed.ref: placed for placed in listed(book)}
    moved = []
    for ref in refs:
        if ref not in known:
            raise EntryUnknown(ref)
        moved.append(known.pop(ref))
    rows = list(_all(book))
    for index, placed in zip(sorted(one.index for one in moved), moved, strict=True):
        rows[index] = placed.raw
    return _with_rows(book, rows)


def merged(before: JsonObject, changes: JsonObject) -> JsonObject:
    """Return `before` with `changes` merged in as RFC 7396 says: objects deeply, null removes, the rest replaces."""
    out = dict(before)
    for name, value in changes.items():
        if value is None:
            out.pop(name, None)
        elif isinstance(value, dict):
            inner = out.get(name)
            out[name] = merged(inner if isinstance(inner, dict) else {}, value)
        else:
            out[name] = value
    return out


def matching(entries: Sequence[Placed], words: str) -> list[Placed]:
    """Return the entries whose name, keys or content hold every word, letter case aside."""
    wanted = words.casefold().split()
    if not wanted:
        return list(entries)
    return [placed for placed in entries if all(word in _searched(placed.raw) for word in wanted)]


def free_id(book: JsonObject) -> int:
    """Return the integer after the highest id of the book, or the first free one."""
    numbers = {number for _index, entry in _rows(book) if (number := _number(entry)) is not None}
    after = max((number for number in numbers if number >= 0), default=-1) + 1
    if after <= _HIGHEST_ID:
        return after
    return next(number for number in range(len(numbers) + 1) if number not in numbers)


def check_entry(entry: JsonObject) -> JsonObject:
    """Return `entry` with the mandatory fields filled in; raise `CardRefused` with the path inside the entry."""
    try:
        # A walk over what Python holds would miss numbers no file can hold: it is read as a file would be.
        limits.load_json(json.dumps(entry).encode())
        filled = fill_book({"extensions": {}, "entries": [entry]}, "book", ReportBuilder())
    except CardRefused as exc:
        exc.path = exc.path.removeprefix("book.entries[0]").removeprefix(".").removeprefix("$").removeprefix(".")
        raise
    entries = filled["entries"]
    assert isinstance(entries, list)
    assert isinstance(entries[0], dict)
    return entries[0]


def check_book(book: JsonObject) -> None:
    """Raise `CardRefused` where a whole book is more than a file may hold, or no book."""
    limits.check(book, where="book")
    fill_book(book, "book", ReportBuilder())
    check_size(book)


def check_size(book: JsonObject) -> None:
    """Raise `CardRefused` when the book has too many entries or weighs more than a file may."""
    if len(_all(book)) > limits.BOOK_ENTRIES:
        raise CardRefused(Refusal.TOO_LONG, "entries", limit=limits.BOOK_ENTRIES)
    if len(json.dumps(book, ensure_ascii=False).encode("utf-8", "replace")) > limits.JSON_BYTES:
        raise CardRefused(Refusal.FILE_TOO_LARGE, "entries", limit_kib=limits.JSON_BYTES // 1024)


def _expected(book: JsonObject, ref: str, seen: str) -> Placed:
    placed = entry_of(book, ref)
    if seen and seen != placed.seen:
        raise EntryChanged(placed)
    return placed


def _extended(book: JsonObject, fresh: Sequence[JsonObject]) -> tuple[JsonObject, Placed]:
    whole = _with_rows({"extensions": {}, **book}, [*_all(book), *fresh])
    check_size(whole)
    return whole, listed(whole)[-1]


def _with_rows(book: JsonObject, rows: list[Json]) -> JsonObject:
    return {**book, "entries": rows}


def _all(book: JsonObject) -> list[Json]:
    entries = book.get("entries")
    return entries if isinstance(entries, list) else []


def _rows(book: JsonObject) -> list[tuple[int, JsonObject]]:
    return [(index, entry) for index, entry in enumerate(_all(book)) if isinstance(entry, dict)]


def _number(entry: JsonObject) -> int | None:
    value = entry.get("id")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _id_key(entry: JsonObject) -> str:
    """Return what tells ids apart: "12" for a whole number from 0, another mark for other ids, "" for none."""
    number = _number(entry)
    if number is not None:
        return str(number) if 0 <= number <= _HIGHEST_ID else f"#{number}"
    value = entry.get("id")
    return f"#{value}" if isinstance(value, str) and value else ""


def _searched(entry: JsonObject) -> str:
    parts: list[str] = [str(entry.get(name, "")) for name in ("name", "comment", "content")]
    for name in ("keys", "secondary_keys"):
        keys = entry.get(name)
        parts += [str(key) for key in keys] if isinstance(keys, list) else [str(keys or "")]
    return "\n".join(parts).casefold()


def _digest(value: Json) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _short(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_REF_DIGITS]
