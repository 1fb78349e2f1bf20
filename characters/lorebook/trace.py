"""Why each entry got in or stayed out: the story of one scan, bounded and JSON-able."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from characters.cards.limits import JsonObject

ROWS = 100
KEY_CHARS = 120


class Reason(StrEnum):
    """Why an entry woke, or why it stayed out although it could have woken."""

    KEY = "key"
    CONSTANT = "constant"
    STICKY = "sticky"
    KEPT = "kept"
    ACTIVATE = "activate"
    EXTERNAL = "external"
    SIMILAR = "similar"
    TRIGGER = "trigger"
    CHARACTER = "character"
    TAG = "tag"
    DELAY = "delay"
    COOLDOWN = "cooldown"
    WAITS_FOR_RECURSION = "waits_for_recursion"
    NO_RECURSION = "no_recursion"
    DONT_ACTIVATE = "dont_activate"
    CONDITION = "condition"
    NO_SECONDARY = "no_secondary"
    GROUP = "group"
    SCORE = "score"
    PROBABILITY = "probability"
    BUDGET = "budget"
    BOOK_BUDGET = "book_budget"
    CONTEXT = "context"


@dataclass(frozen=True, slots=True)
class TraceRow:
    """One entry's story.

    `message` counts from the newest (0); -1 where no message was needed (constant, other text, recursion).
    `round` is the loop of the scan, 1 for the first; `roll` the draw in percent, -1 where none was made. `detail`
    names the decorator, group or other thing that decided.
    """

    id: str
    book: str
    name: str
    reason: Reason
    is_kept: bool
    key: str = ""
    message: int = -1
    roll: float = -1
    tokens: int = 0
    round: int = 0
    detail: str = ""

    def as_dict(self) -> JsonObject:
        return {
            "id": self.id,
            "book": self.book,
            "name": self.name,
            "reason": self.reason.value,
            "kept": self.is_kept,
            "key": self.key,
            "message": self.message,
            "roll": self.roll,
            "tokens": self.tokens,
            "round": self.round,
            "detail": self.detail,
        }


@dataclass(frozen=True, slots=True)
class Trace:
    """Rows in order: those kept as they got in, then those dropped. `left_out` counts rows over the limit."""

    rows: tuple[TraceRow, ...] = ()
    rounds: int = 0
    budget: int = 0
    tokens: int = 0
    left_out: int = 0

    def as_dict(self) -> JsonObject:
        return {
            "rows": [row.as_dict() for row in self.rows],
            "rounds": self.rounds,
            "budget": self.budget,
            "tokens": self.tokens,
            "left_out": self.left_out,
        }


@dataclass(slots=True)
class TraceBook:
    """Collects what stayed out while a scan runs: the last word on an entry counts, the first `ROWS` are told."""

    dropped: dict[str, TraceRow | None] = field(default_factory=dict)

    def note(self, key: str, row: Callable[[], TraceRow]) -> None:
        """Note one entry; past the limit it is only counted."""
        is_told = len(self.dropped) < ROWS or self.dropped.get(key) is not None
        self.dropped[key] = row() if is_told else None

    def close(self, kept: Sequence[TraceRow], *, rounds: int, budget: int) -> Trace:
        """Return the trace: what got in, then what stayed out in the order it was noted."""
        for row in kept:
            self.dropped.pop(row.id, None)
        rows = (*kept, *(row for row in self.dropped.values() if row is not None))[:ROWS]
        tokens = sum(row.tokens for row in kept)
        return Trace(rows, rounds, budget, tokens, len(kept) + len(self.dropped) - len(rows))
