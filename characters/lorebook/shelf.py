"""Several books in one scan: which copy of a book counts, in which order they stand, how their ids stay apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from characters.lorebook.compile import CompiledBook
from characters.lorebook.request import STRATEGY_CHARACTER_FIRST, STRATEGY_WORLD_FIRST

# Of a book attached twice the copy of the first of these sources stays, as in SillyTavern.
_PRECEDENCE = ("world", "chat", "persona", "character")


def arrange(books: Sequence[CompiledBook], strategy: int) -> Iterator[tuple[CompiledBook, str, tuple[int, int]]]:
    """Yield each distinct book with the prefix of its ids and its rank: (source, place among equals), lower first."""
    for position, (book, prefix) in enumerate(_prefixed(_distinct(books))):
        yield book, prefix, (_source_rank(book, strategy), _tie(book, position))


def _distinct(books: Sequence[CompiledBook]) -> list[CompiledBook]:
    """Leave out a book that is there twice; the copy of the stronger source stays, in its place."""
    best: dict[tuple[str, bytes], CompiledBook] = {}
    for book in sorted(books, key=lambda book: _PRECEDENCE.index(book.source)):
        best.setdefault((book.key, book.digest), book)
    chosen = {id(book) for book in best.values()}
    return list({id(book): book for book in books if id(book) in chosen}.values())


def _prefixed(books: list[CompiledBook]) -> list[tuple[CompiledBook, str]]:
    """Give each book of a name already taken a prefix, so that ids stay apart."""
    seen: dict[str, int] = {}
    out = []
    for book in books:
        number = seen[book.key] = seen.get(book.key, 0) + 1
        out.append((book, "" if number == 1 else f"{number}:"))
    return out


def _source_rank(book: CompiledBook, strategy: int) -> int:
    if book.source in ("chat", "persona"):
        return 0 if book.source == "chat" else 1
    first = {STRATEGY_CHARACTER_FIRST: "character", STRATEGY_WORLD_FIRST: "world"}.get(strategy, book.source)
    return 2 if book.source == first else 3


def _tie(book: CompiledBook, position: int) -> int:
    """Return the place among books of equal rank; world books stand before the character's, as in SillyTavern."""
    return position if book.source == "world" else position + 1000
