"""How many tokens the lore may take: SillyTavern's share of the context, and a book's own budget."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from characters.lorebook.request import ScanRequest


class Weighed(Protocol):
    """An entry that would get in, with what it costs and what it is worth."""

    @property
    def tokens(self) -> int: ...
    @property
    def worth(self) -> tuple[float, ...]: ...
    @property
    def ignores_budget(self) -> bool: ...


_MOST = 10**9
Entry = TypeVar("Entry", bound=Weighed)


def limit_of(request: ScanRequest) -> int:
    """Return the budget in tokens, at least 1: the settings' percentage of the context, under their cap."""
    share = math.floor(min(request.settings.budget * request.max_context / 100, _MOST) + 0.5) or 1
    cap = request.settings.budget_cap
    return min(share, cap) if cap > 0 else share


@dataclass(slots=True)
class Purse:
    """Counts as SillyTavern does: the texts of earlier rounds as one, those of this round as one.

    A text is in when the sum stays *under* the limit. Counting is taken to be subadditive, so that the whole is
    counted again only near the limit.
    """

    limit: int
    count: Callable[[str], int]
    before: list[str] = field(default_factory=list)
    before_bound: int = 0
    now: list[str] = field(default_factory=list)
    bound: int = 0
    newline: int = 0
    is_over: bool = False

    def __post_init__(self) -> None:
        self.newline = self.count("\n")

    def fits(self, text: str, tokens: int) -> bool:
        """Whether `text` of so many tokens gets in as well; it counts from now on either way."""
        self.now.append(f"{text}\n")
        self.bound += tokens + self.newline
        return self._is_under()

    def take_back(self, text: str) -> bool:
        """Take a text out again; return whether what is left is under the limit."""
        line = f"{text}\n"
        if line in self.before:
            self.before.remove(line)
            self.before_bound = self.count("".join(self.before))
        elif line in self.now:
            self.now.remove(line)
            self.bound = self.count("".join(self.now))
        return self._is_under()

    def close(self, texts: Iterable[str]) -> None:
        """End a round: `texts` are those that got in."""
        self.before.extend(f"{text}\n" for text in texts)
        self.before_bound += self.bound
        self.now, self.bound = [], 0

    def _is_under(self) -> bool:
        if self.before_bound + self.bound < self.limit:
            return True
        before = self.count("".join(self.before)) if self.before else 0
        return before + self.count("".join(self.now)) < self.limit


def over_budget(entries: list[Entry], budget: int) -> list[Entry]:
    """Return the entries to drop so that the rest fits, the least worth first (V2, V3: lowest priority)."""
    total, dropped = sum(entry.tokens for entry in entries), []
    for entry in sorted(entries, key=lambda entry: entry.worth):
        if total <= budget:
            break
        if not entry.ignores_budget:
            total -= entry.tokens
            dropped.append(entry)
    return dropped
