"""Compiles a book once per version: literals into one automaton, patterns, decorators and depths read once.

What a text names is kept by the text (bounded), because most messages of a chat were scanned the turn before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import ahocorasick

from characters.cards.book import LoreBook, LoreEntry
from characters.lorebook import decorators, words
from characters.lorebook.decorators import Decorators
from characters.lorebook.keys import Key, Kind, Literals, compile_key

Source: TypeAlias = Literal["chat", "persona", "character", "world"]
Keys: TypeAlias = tuple[Key, ...]

TEXTS_KEPT, KEPT_CHARS = 512, 20_000
_NOTHING: frozenset[int] = frozenset()
# What the automaton does not find.
_LOOKED_UP = (Kind.PATTERN, Kind.MACRO, Kind.WHOLE_TEXT)


@dataclass(frozen=True, slots=True)
class CompiledEntry:
    """An entry ready to be tested. `id` is unique in its book; `depth` is its own, None where book or settings decide.

    `literals` are the numbers of its keys in the automaton, -1 where a key is no literal.

    `is_plain`: one of its keys in the messages is all it takes. `is_gated`: something may hold it back before keys.
    """

    entry: LoreEntry
    id: str
    text: str
    said: Decorators
    keys: Keys
    literals: tuple[int, ...]
    secondary: Keys
    additional: tuple[Keys, ...]
    exclude: Keys
    depth: int | None
    is_constant: bool
    is_plain: bool
    is_gated: bool
    has_conditions: bool


@dataclass(slots=True, eq=False)
class Names:
    """What a text names: all literals, and those that stand as whole words. `exact` remembers case-sensitive looks."""

    text: str
    literals: frozenset[int]
    wholes: frozenset[int]
    exact: dict[tuple[str, bool], bool] = field(default_factory=dict)

    def holds(self, key: Key, *, is_cased: bool, whole: bool) -> bool:
        """Whether the text names a literal key under these rules."""
        if key.literal not in (self.wholes if whole else self.literals):
            return False
        if not is_cased:
            return True
        whole = whole and key.is_single
        asked = (key.text, whole)
        if asked not in self.exact:
            self.exact[asked] = words.contains(self.text, key.text, whole=whole)
        return self.exact[asked]


class CompiledBook:
    """A book ready to be scanned. Keep it as long as the book lives; safe to share between threads."""

    __slots__ = (
        *("_automaton", "_names", "always", "book", "deepest", "digest", "entries", "ids", "key", "levels", "owners"),
        *("source", "sources"),
    )

    def __init__(self, book: LoreBook, source: Source, key: str) -> None:
        self.book, self.source, self.key = book, source, key
        literals, ids = Literals(), _Ids(key)
        # As the scan wants them: falling order, ties as the book has them. So an entry's number is its rank.
        ordered = sorted(book.entries, key=lambda entry: -entry.order)
        entries = [_compile_entry(entry, literals, ids) for entry in ordered if entry.enabled]
        self.entries: tuple[CompiledEntry, ...] = tuple(entries)
        self.ids: Mapping[str, int] = {entry.id: number for number, entry in enumerate(entries)}
        # A delayed entry that is switched off still makes a level, as in SillyTavern.
        self.levels = tuple(sorted({entry.recursion.level for entry in book.entries if entry.recursion.level > 0}))
        self.always = tuple(number for number, entry in enumerate(entries) if _is_always_tested(entry))
        self.deepest = max((entry.depth for entry in entries if entry.depth is not None), default=0)
        self.sources = frozenset(name for entry in entries for name in entry.entry.sources)
        self.owners = _owners(entries, len(literals.numbers))
        self._automaton = _automaton(literals)
        self._names: dict[str, Names] = {}
        self.digest = _digest(book)

    def __reduce__(self) -> tuple[object, ...]:
        return _again, (self.book, self.source, self.key)

    def names(self, text: str) -> Names:
        """Return what `text` names, from memory where it was asked before."""
        known = self._names.get(text)
        if known is not None:
            return known
        found = Names(text, *self._search(text))
        if len(text) <= KEPT_CHARS:
            if len(self._names) >= TEXTS_KEPT:
                # Two threads may do this at once: the worst that happens is that one asks again.
                self._names = dict(list(self._names.items())[TEXTS_KEPT // 2 :])
            self._names[text] = found
        return found

    def _search(self, text: str) -> tuple[frozenset[int], frozenset[int]]:
        if self._automaton is None or not text:
            return _NOTHING, _NOTHING
        # A boundary at both ends, so that no end needs a test of its own.
        folded = f"\x01{words.fold(text)}\x01"
        found: set[int] = set()
        wholes: set[int] = set()
        word = words.WORD
        for end, (number, size) in self._automaton.iter(folded):
            found.add(number)
            if not size or (folded[end + 1] not in word and folded[end - size] not in word):
                wholes.add(number)
        every = frozenset(found)
        return every, every if len(wholes) == len(found) else frozenset(wholes)


def compile_book(book: LoreBook, *, source: Source = "character", key: str = "") -> CompiledBook:
    """Return `book` ready to be scanned; entries that are switched off are left out.

    `source` says whose book it is: of the chat, the persona, the character, or for every chat. `key` names the book
    in entry ids (`<key>.<uid>`) and in the timed state, so it should not change; default the book's name.
    """
    return CompiledBook(book, source, key or book.name or source)


def _again(book: LoreBook, source: Source, key: str) -> CompiledBook:
    return CompiledBook(book, source, key)


class _Ids:
    """Gives each entry an id of its own, though a book may number two the same."""

    def __init__(self, key: str) -> None:
        self.key, self.given = key, set[str]()

    def give(self, entry: LoreEntry) -> str:
        uid = entry.uid or str(entry.index)
        wanted = f"{self.key}.{uid}" if self.key else uid
        while wanted in self.given:
            wanted = f"{wanted}#{entry.index}"
        self.given.add(wanted)
        return wanted


def _compile_entry(entry: LoreEntry, literals: Literals, ids: _Ids) -> CompiledEntry:
    text, said = decorators.parse(entry.content)
    is_regex = entry.use_regex
    timing, recursion = entry.timing, entry.recursion
    gates = (entry.triggers, entry.characters, timing.delay, timing.cooldown, recursion.exclude, recursion.level)
    is_gated = any(gates)
    keys = _keys(entry.keys, literals, is_regex=is_regex, is_cased=entry.case_sensitive is True)
    return CompiledEntry(
        entry=entry,
        id=ids.give(entry),
        text=text,
        said=said,
        keys=keys,
        literals=tuple(key.literal for key in keys),
        # V3: a book of patterns needs neither secondary keys nor constants.
        secondary=_keys(entry.secondary_keys, literals) if not is_regex else (),
        additional=tuple(_keys(keys, literals) for keys in said.additional_keys),
        exclude=_keys(said.exclude_keys, literals) if not is_regex else (),
        depth=entry.scan_depth if said.scan_depth is None else said.scan_depth,
        is_constant=entry.constant and not is_regex,
        is_plain=not is_gated and _is_plain(entry, said, keys),
        is_gated=is_gated,
        has_conditions=said.has_conditions or said.dont_activate_after_match,
    )


def _is_plain(entry: LoreEntry, said: Decorators, keys: Keys) -> bool:
    needs_more = entry.constant or (entry.selective and entry.secondary_keys) or entry.sources
    rules_its_own = entry.case_sensitive is not None or entry.whole_words is not None
    is_literal = bool(keys) and not any(key.kind in _LOOKED_UP for key in keys)
    return is_literal and not needs_more and not rules_its_own and said is decorators.NONE


def _keys(keys: tuple[str, ...], literals: Literals, *, is_regex: bool = False, is_cased: bool = False) -> Keys:
    return tuple(compile_key(key, literals, is_regex=is_regex, is_cased=is_cased) for key in keys)


def _is_always_tested(entry: CompiledEntry) -> bool:
    """Whether an entry may wake without the automaton having found one of its keys."""
    return entry.is_constant or entry.said.activate or any(key.kind in _LOOKED_UP for key in entry.keys)


def _owners(entries: list[CompiledEntry], literals: int) -> tuple[tuple[int, ...], ...]:
    owners: list[list[int]] = [[] for _ in range(literals)]
    for number, entry in enumerate(entries):
        for key in entry.keys:
            if key.kind is Kind.LITERAL and number not in owners[key.literal][-1:]:
                owners[key.literal].append(number)
    return tuple(map(tuple, owners))


def _automaton(literals: Literals) -> ahocorasick.Automaton | None:
    if not literals.numbers:
        return None
    automaton = ahocorasick.Automaton()
    for folded, number in literals.numbers.items():
        # Several words are never asked to be whole: size 0 says so.
        automaton.add_word(folded, (number, len(folded) if words.is_single(folded) else 0))
    automaton.make_automaton()
    return automaton


def _digest(book: LoreBook) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for text in _texts(book):
        digest.update(text.encode("utf-8", "replace") + b"\0")
    return digest.digest()


def _texts(book: LoreBook) -> Iterator[str]:
    yield f"{book.name}\0{book.scan_depth}\0{book.token_budget}\0{book.recursive_scanning}"
    for entry in book.entries:
        yield f"{entry.uid}\0{entry.enabled}\0{entry.order}\0{entry.keys}\0{entry.content}"
