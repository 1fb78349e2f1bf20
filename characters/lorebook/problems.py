"""Which keys of a book can never match here, and why: for the report of an import and the editor of a book."""

from __future__ import annotations

from characters.cards.book import LoreBook, LoreEntry
from characters.lorebook.keys import Kind, compile_key


def regex_problems(book: LoreBook) -> list[tuple[str, str]]:
    """Return (path in the book, reason) of every pattern that is switched off.

    Reasons: `lookaround`, `backreference`, `too_large`, `unsupported` (the linear-time engine does not take it), and
    `invalid` (no regular expression at all, in an entry whose keys all must be ones).
    """
    return [problem for entry in book.entries for problem in entry_problems(entry)]


def entry_problems(entry: LoreEntry) -> list[tuple[str, str]]:
    """Return the problems of one entry; paths begin with `entries[<index>]`."""
    found = []
    for field, keys in (("keys", entry.keys), ("secondary_keys", entry.secondary_keys)):
        for number, key in enumerate(keys):
            compiled = compile_key(key, None, is_regex=entry.use_regex and field == "keys")
            if compiled is not None and compiled.kind is Kind.DEAD:
                found.append((f"entries[{entry.index}].{field}[{number}]", compiled.reason))
    return found
