"""Why each entry got in or stayed out: the story of one scan, bounded and JSON-able."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from characters.cards.limits import JsonObject

ROWS = 200
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


def bounded(kept: Sequence[TraceRow], dropped: Mapping[str, TraceRow], *, rounds: int, budget: int) -> Trace:
    """Return the trace of what got in and, in order of rounds and ids, what stayed out."""
    inside = {row.id for row in kept}
    out = sorted((row for row in dropped.values() if row.id not in inside), key=lambda row: (row.round, row.id))
    rows = (*kept, *out)
    return Trace(rows[:ROWS], rounds, budget, sum(row.tokens for row in kept), max(0, len(rows) - ROWS))
