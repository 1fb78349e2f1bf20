"""What a scan gives: the entries that got in, where their texts stand, why, and the state it leaves behind."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from characters.lorebook import placement
from characters.lorebook.placement import LoreText, Placed
from characters.lorebook.timed import TimedState
from characters.lorebook.trace import Trace


@dataclass(frozen=True, slots=True)
class ScanResult:
    """`entries` in the order they got in, `placed` where their texts stand; all else is read from these two.

    `state` is the timed state to store with the message this scan was for. `disabled_prompts` names prompts of the
    user's that a card switches off: `system_prompt`, `post_history_instructions`.
    """

    entries: tuple[LoreText, ...] = ()
    placed: Placed = field(default_factory=Placed)
    state: TimedState = field(default_factory=TimedState)
    trace: Trace = field(default_factory=Trace)
    is_overflowed: bool = False

    @property
    def activated(self) -> tuple[str, ...]:
        """The ids of the entries in the order they got in."""
        return tuple(entry.id for entry in self.entries)

    @property
    def disabled_prompts(self) -> frozenset[str]:
        return frozenset(name for entry in self.entries for name in entry.disables)

    def without(self, ids: Collection[str]) -> ScanResult:
        """Return the result with these entries taken out of the prompt; state and trace stay as they are."""
        left = tuple(entry for entry in self.entries if entry.id not in ids)
        return replace(self, entries=left, placed=placement.place(left))

    @property
    def droppable(self) -> tuple[str, ...]:
        """The ids of entries that ask to be dropped first when the context is full, the least wanted first."""
        return tuple(entry.id for entry in sorted(self.entries, key=lambda e: e.order) if entry.is_droppable)
