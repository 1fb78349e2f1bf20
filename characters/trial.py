"""A lorebook tried out on a few lines: which entries they wake, and why. Nothing is stored."""

from __future__ import annotations

from dataclasses import dataclass, field

from characters import entries, lorewords
from characters.cards.book import LoreBook, LoreEntry
from characters.cards.limits import JsonObject
from characters.cards.schema import CharacterCard
from characters.lorebook import ScanMessage, ScanRequest, ScanResult, compile_book, scan
from characters.lorebook.request import Sources
from characters.macros import expand
from companion_site.core.text import estimate_tokens

CHARS = 20_000
LINES = 200
_CHARACTER = ">"
_KEY = "trial"


@dataclass(frozen=True, slots=True)
class Company:
    """Who the lines are said to: fills macros, filters and further sources."""

    char: str = ""
    user: str = ""
    tags: frozenset[str] | None = None
    sources: Sources = field(default_factory=Sources)

    @classmethod
    def of(cls, card: CharacterCard, user: str) -> Company:
        sources = Sources(
            character_description=card.description,
            character_personality=card.personality,
            scenario=card.scenario,
            creator_notes=card.creator_notes,
        )
        return cls(card.char, user, frozenset(card.tags), sources)


@dataclass(frozen=True, slots=True)
class Woken:
    """One row of the answer. `ref` leads to the entry; `message` is the line that woke it, "" where none did."""

    ref: str
    name: str
    is_kept: bool
    reason: str
    detail: str
    message: str
    tokens: int
    round: int
    text: str


@dataclass(frozen=True, slots=True)
class Trial:
    rows: tuple[Woken, ...]
    tokens: int
    budget: int
    left_out: int


def try_out(book: JsonObject, text: str, company: Company, *, seed: str = "") -> Trial:
    """Scan `text` (a message a line, the newest last; lines that begin with > are the character's) with one book."""
    lines = [line.strip() for line in text[:CHARS].splitlines() if line.strip()][-LINES:]
    said = [_message(line, company) for line in lines]
    request = ScanRequest(
        said,
        estimate_tokens,
        fill=lambda filled, _place: expand(filled, char=company.char, user=company.user),
        seed=seed,
        names=frozenset({company.char} if company.char else ()),
        tags=company.tags,
        sources=company.sources,
    )
    found = scan([compile_book(LoreBook.of(book), key=_KEY)], request)
    return _told(book, found, [message.text for message in said])


def _message(line: str, company: Company) -> ScanMessage:
    if line.startswith(_CHARACTER):
        return ScanMessage(line.removeprefix(_CHARACTER).strip(), company.char, "assistant")
    return ScanMessage(line, company.user)


def _told(book: JsonObject, found: ScanResult, lines: list[str]) -> Trial:
    refs = {LoreEntry.of(placed.raw, placed.index).uid: placed.ref for placed in reversed(entries.listed(book))}
    texts = {text.id: text.text for text in found.entries}
    rows = [
        Woken(
            ref=refs.get(row.id.removeprefix(f"{_KEY}."), ""),
            name=row.name or row.key or row.id.removeprefix(f"{_KEY}."),
            is_kept=row.is_kept,
            reason=lorewords.reason(row),
            detail=row.detail,
            message=lines[-1 - row.message] if 0 <= row.message < len(lines) else "",
            tokens=row.tokens,
            round=row.round,
            text=texts.get(row.id, ""),
        )
        for row in found.trace.rows
    ]
    return Trial(tuple(rows), found.trace.tokens, found.trace.budget, found.trace.left_out)
