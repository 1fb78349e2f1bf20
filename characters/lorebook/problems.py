"""Which keys of a book can never match here, and why: for the report of an import and the editor of a book."""

from __future__ import annotations

from characters.cards.book import LoreBook, LoreEntry
from characters.lorebook.keys import Allowance, Kind, compile_key


def regex_problems(book: LoreBook) -> list[tuple[str, str]]:
    """Return (path in the book, reason) of every pattern that is switched off.

    Reasons: `lookaround`, `backreference`, `unsupported` (the linear-time engine does not take it), `too_large` (it,
    or all patterns or words of the book together, would take too much), and `invalid` (no regular expression at all,
    in an entry whose keys all must be ones).
    """
    allowance = Allowance()
    return [problem for entry in book.entries for problem in entry_problems(entry, allowance)]


def entry_problems(entry: LoreEntry, allowance: Allowance | None = None) -> list[tuple[str, str]]:
    """Return the problems of one entry; paths begin with `entries[<index>]`."""
    left = allowance or Allowance()
    found = []
    for field, keys in (("keys", entry.keys), ("secondary_keys", entry.secondary_keys)):
        is_regex = entry.use_regex and field == "keys"
        for number, key in enumerate(keys):
            if not is_regex and "/" not in key:
                if not left.spells(key):
                    found.append((f"entries[{entry.index}].{field}[{number}]", "too_large"))
                continue
            compiled = compile_key(key, None, is_regex=is_regex, allowance=left)
            if compiled.kind is Kind.DEAD:
                found.append((f"entries[{entry.index}].{field}[{number}]", compiled.reason))
    return found
