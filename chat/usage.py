"""What the models' work costs: tokens counted or estimated, prices per thousand, summed over all tries. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens read and written, and their cost in millionths of the operator's currency."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_micros: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.cost_micros + other.cost_micros,
        )


@dataclass(frozen=True, slots=True)
class Price:
    """Millionths of the operator's currency for 1,000 tokens read, and for 1,000 tokens written."""

    prompt: float = 0.0
    completion: float = 0.0

    def of(self, prompt_tokens: int, completion_tokens: int) -> int:
        """Return what so many tokens cost, rounded up to a whole millionth."""
        return ceil((prompt_tokens * self.prompt + completion_tokens * self.completion) / 1000)


FREE = Price()


def price_of(names: Iterable[str], table: Mapping[str, Mapping[str, float]]) -> Price:
    """Return the price of the first of these names that the table has: the most exact name comes first.

    A name `vendor/model` is also looked for without its vendor. What the table does not name costs nothing.
    """
    for name in names:
        for known in (name, name.partition("/")[2]):
            if known in table:
                return Price(**table[known])
    return FREE


@dataclass(slots=True)
class Tally:
    """What one turn, draft or judgement has used so far, and whom it asked: one row a try, for the trace."""

    usage: Usage = field(default_factory=Usage)
    tries: list[dict[str, Any]] = field(default_factory=list)

    def add(self, usage: Usage) -> None:
        self.usage += usage
