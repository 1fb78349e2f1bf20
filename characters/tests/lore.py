"""Small lorebooks and scans for tests: an entry in a line, a scan in another."""

from __future__ import annotations

from collections.abc import Sequence

from characters.cards.book import LoreBook
from characters.lorebook import CompiledBook, ScanMessage, ScanRequest, ScanResult, ScanSettings, compile_book, scan

TOP = {
    "enabled",
    "constant",
    "selective",
    "secondary_keys",
    "insertion_order",
    "priority",
    "use_regex",
    "case_sensitive",
}


def entry(name: str, *keys: str, content: str | None = None, **fields: object) -> dict:
    """Return an entry named `name` that says its name; fields V2 and V3 do not know go to its extensions."""
    top = {key: value for key, value in fields.items() if key in TOP}
    ext = {key: value for key, value in fields.items() if key not in TOP}
    text = name if content is None else content
    return {"id": name, "name": name, "keys": list(keys), "content": text, "extensions": {"position": 0, **ext}, **top}


def book(*entries: dict, source: str = "character", key: str = "b", **fields: object) -> CompiledBook:
    return compile_book(LoreBook.of({"entries": list(entries), **fields}), source=source, key=key)


def run(
    books: CompiledBook | Sequence[CompiledBook], *said: str, settings: dict | None = None, **request
) -> ScanResult:
    """Scan `said`, oldest first, where a token is a character and nothing is filled in."""
    messages = [ScanMessage(text) for text in said]
    defaults = {"depth": 10, "budget": 100, **(settings or {})}
    asked = {"count": len, "max_context": 10_000, "settings": ScanSettings(**defaults), **request}
    return scan(books if isinstance(books, (list, tuple)) else [books], ScanRequest(messages, **asked))


def names(result: ScanResult) -> list[str]:
    """Return the names of what got in, in prompt order of its activation."""
    return [text.name for text in result.entries]


def reasons(result: ScanResult) -> dict[str, str]:
    """Return why each entry of the trace got in or stayed out."""
    return {row.name: row.reason.value for row in result.trace.rows}
