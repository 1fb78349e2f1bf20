"""An entry that woke in a round, on its way into the prompt: its roll, its text, its cost, its place."""

from __future__ import annotations

from dataclasses import dataclass

from characters.cards.book import Grouping, Position, Role
from characters.lorebook.compile import CompiledEntry
from characters.lorebook.decorators import PLACES, Decorators
from characters.lorebook.placement import V3_PLACES, LoreText
from characters.lorebook.trace import Reason, TraceRow
from characters.lorebook.wake import Verdict, Watch

_NO_ROLL = -1.0
_SHOWN_CHARS = 120


@dataclass(slots=True, eq=False)
class Candidate:
    """One woken entry. `why_not` is set once it is dropped; `text` and `tokens` once it is filled.

    `verdict` None is a plain entry that a key woke; which one is only looked for when it is told.
    """

    watch: Watch
    number: int
    entry: CompiledEntry
    verdict: Verdict | None
    round: int
    is_sticky: bool = False
    is_filled: bool = False
    text: str = ""
    tokens: int = 0
    drawn: float = _NO_ROLL
    why_not: Reason | None = None
    detail: str = ""

    @property
    def id(self) -> str:
        return self.watch.id(self.entry)

    @property
    def order(self) -> float:
        return self.entry.entry.order

    @property
    def grouping(self) -> Grouping:
        return self.entry.entry.group

    @property
    def ignores_budget(self) -> bool:
        return self.entry.entry.ignore_budget

    @property
    def worth(self) -> tuple[float, ...]:
        """The lowest is dropped first: by priority (order where none is said), order, place in the book."""
        own = self.entry.entry
        return (own.order if own.priority is None else own.priority, own.order, -own.index)

    @property
    def is_dropped(self) -> bool:
        return self.why_not is not None

    def score(self) -> int:
        return self.watch.score(self.number)

    def drop(self, reason: Reason, detail: str = "", roll: float = _NO_ROLL) -> None:
        """Leave the entry out; the first reason stays."""
        if self.why_not is None:
            self.why_not, self.detail = reason, detail
            if roll != _NO_ROLL:
                self.drawn = roll

    def is_lucky(self, roll: float) -> bool:
        """Whether the entry's probability lets it in."""
        self.drawn = roll
        return roll * 100 <= self.entry.entry.probability

    @property
    def needs_luck(self) -> bool:
        return self.entry.entry.probability != 100 and not self.is_sticky  # noqa: PLR2004

    def fill(self) -> None:
        """Fill the macros and count, once."""
        if not self.is_filled:
            request = self.watch.request
            self.text, self.is_filled = request.fill(self.entry.text, f"lore:{self.id}"), True
            self.tokens = request.count(self.text) if self.text else 0

    def scanned(self) -> str:
        """Return the text as recursion reads it: hidden keys count; as written where it never got as far."""
        if not self.is_filled:
            return self.entry.text
        scanned = self.watch.request.scanned
        return self.text if scanned is None else scanned(self.entry.text, f"lore:{self.id}")

    def row(self) -> TraceRow:
        own, verdict = self.entry.entry, self.verdict or self.watch.test(self.number) or Verdict(Reason.KEY)
        return TraceRow(
            id=self.id,
            book=self.watch.book.key,
            name=own.name[:_SHOWN_CHARS],
            reason=self.why_not or verdict.reason,
            is_kept=self.why_not is None,
            key=verdict.key[:_SHOWN_CHARS],
            message=verdict.message,
            roll=round(self.drawn * 100, 3) if self.drawn != _NO_ROLL else _NO_ROLL,
            tokens=self.tokens,
            round=self.round,
            detail=(self.detail or verdict.detail)[:_SHOWN_CHARS],
        )

    def placed(self) -> LoreText:
        own, said, request = self.entry.entry, self.entry.said, self.watch.request
        position, depth, in_tokens, from_top = _position(own.position, own.depth, said, is_instruct=request.is_instruct)
        role = own.role if said.role is None else said.role
        is_prefill = request.takes_prefill and said.depth == 0 and not said.position and role is Role.ASSISTANT
        is_place = said.position in V3_PLACES
        return LoreText(
            id=self.id,
            uid=own.uid,
            book=self.watch.book.key,
            name=own.name,
            text=self.text,
            order=own.order,
            position=position,
            depth=depth,
            role=role,
            outlet=said.position if said.position and position is Position.OUTLET else own.outlet,
            place=said.position if is_place else "",
            in_tokens=in_tokens,
            from_top=from_top,
            is_prefill=is_prefill,
            tokens=self.tokens,
            is_constant=self.entry.is_constant,
            is_droppable=said.ignore_on_max_context,
            disables=said.disable_ui_prompt,
            automation_id=own.automation_id,
        )


def _position(own: Position, depth: int, said: Decorators, *, is_instruct: bool) -> tuple[Position, int, bool, bool]:
    """Return position, depth, whether the depth counts tokens, whether it counts from the oldest message."""
    if said.position:
        return PLACES.get(said.position, own if said.position in V3_PLACES else Position.OUTLET), depth, False, False
    stated = (
        (said.instruct_depth if is_instruct else None, True, False),
        (said.depth, False, False),
        (said.reverse_instruct_depth if is_instruct else None, True, True),
        (said.reverse_depth, False, True),
    )
    for value, in_tokens, from_top in stated:
        if value is not None:
            return Position.AT_DEPTH, max(0, value), in_tokens, from_top
    return own, depth, False, False
