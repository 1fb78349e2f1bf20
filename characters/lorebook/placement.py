"""Where the texts of the entries that got in stand: SillyTavern's eight positions and V3's `@@position`.

Inside each place a lower insertion order stands higher. Of two equal orders the one that woke later stands higher,
as in SillyTavern.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from characters.cards.book import Position, Role

# The places V3 names for `@@position`; any other name is an outlet of that name.
V3_PLACES = ("before_desc", "after_desc", "personality", "scenario")


@dataclass(frozen=True, slots=True)
class LoreText:
    """An entry that got in. `text` is filled and stripped of decorators, `tokens` its length.

    `place` is one of `V3_PLACES`, or "" where `position` decides. At a depth, `in_tokens` says that `depth` counts
    tokens, not messages, `from_top` that it counts from the oldest. `is_prefill`: it begins the reply. `is_droppable`:
    drop it first when the context is full. `disables` names the user's prompts it switches off.
    """

    id: str
    uid: str
    book: str
    name: str
    text: str
    order: float = 100
    position: Position = Position.AFTER
    depth: int = 4
    role: Role = Role.SYSTEM
    outlet: str = ""
    place: str = ""
    in_tokens: bool = False
    from_top: bool = False
    is_prefill: bool = False
    tokens: int = 0
    is_constant: bool = False
    is_droppable: bool = False
    disables: tuple[str, ...] = ()
    automation_id: str = ""


@dataclass(frozen=True, slots=True)
class DepthSlot:
    """Texts that stand in the chat, `depth` messages (or tokens) from the newest, or from the oldest."""

    depth: int
    role: Role
    entries: tuple[str, ...]
    in_tokens: bool = False
    from_top: bool = False


@dataclass(frozen=True, slots=True)
class ExampleText:
    """A text among the example messages; `is_top`: before them, else after."""

    content: str
    is_top: bool


@dataclass(frozen=True, slots=True)
class Placed:
    """The texts by place. `positions` holds those of `V3_PLACES` that are used, `prefill` begins the reply."""

    before: str = ""
    after: str = ""
    depth: tuple[DepthSlot, ...] = ()
    em: tuple[ExampleText, ...] = ()
    an_top: tuple[str, ...] = ()
    an_bottom: tuple[str, ...] = ()
    outlets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    positions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    prefill: str = ""


def place(entries: Iterable[LoreText]) -> Placed:
    """Put the entries (in the order they woke) in their places; an empty text adds nothing."""
    # Reversed after a stable sort, so that of equal orders the later one stands first.
    ordered = [entry for entry in sorted(entries, key=lambda entry: -entry.order) if entry.text][::-1]
    standing = [entry for entry in ordered if not entry.place and not entry.is_prefill]

    def at(*positions: Position) -> list[LoreText]:
        return [entry for entry in standing if entry.position in positions]

    def texts(position: Position) -> tuple[str, ...]:
        return tuple(entry.text for entry in at(position))

    return Placed(
        before="\n".join(texts(Position.BEFORE)),
        after="\n".join(texts(Position.AFTER)),
        depth=_slots(at(Position.AT_DEPTH)),
        em=tuple(
            ExampleText(entry.text, entry.position is Position.EXAMPLES_TOP)
            for entry in at(Position.EXAMPLES_TOP, Position.EXAMPLES_BOTTOM)
        ),
        an_top=texts(Position.NOTE_TOP),
        an_bottom=texts(Position.NOTE_BOTTOM),
        outlets=_by_name((entry.outlet, entry.text) for entry in at(Position.OUTLET)),
        positions=_by_name((entry.place, entry.text) for entry in ordered),
        prefill="\n".join(entry.text for entry in ordered if entry.is_prefill),
    )


def _slots(entries: list[LoreText]) -> tuple[DepthSlot, ...]:
    """Group by place and role; the slot with the highest order comes first, as in SillyTavern."""
    slots: dict[tuple[int, Role, bool, bool], list[str]] = {}
    for entry in reversed(entries):
        slots.setdefault((entry.depth, entry.role, entry.in_tokens, entry.from_top), []).append(entry.text)
    return tuple(DepthSlot(key[0], key[1], tuple(texts[::-1]), key[2], key[3]) for key, texts in slots.items())


def _by_name(texts: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    named: dict[str, list[str]] = {}
    for name, text in texts:
        if name:
            named.setdefault(name, []).append(text)
    return {name: tuple(found) for name, found in named.items()}
