"""Finds the messages of a stored tree that a program's own copy of the chat stands for. Pure.

A program sends the whole chat with every turn: cut off at the front where its window ends, edited anywhere, or the
same once more for another answer. What it sends is laid over the tree from its first line on.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_SPOKEN = frozenset({"fan", "character"})
# A chat whose front is cut off may begin anywhere; so many lines in a row are no accident.
_SURE = 4


@dataclass(frozen=True, slots=True)
class Said:
    """One line of a program's chat. `role` is fan or character, `place` its index in what was sent."""

    role: str
    text: str
    place: int = 0


@dataclass(frozen=True, slots=True)
class Node:
    """One stored message. `room` is its conversation."""

    id: int
    parent: int | None
    room: int
    role: str
    text: str


def key_of(text: str) -> str:
    """Return what two texts have in common that differ in spaces and composition only."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def align(lines: Sequence[Said], nodes: Iterable[Node]) -> tuple[Node, ...]:
    """Return the stored messages of the first lines, oldest first: the longest way down the tree, the newest of equals.

    Empty where nothing is known of this chat: a greeting alone is the beginning of many, and a way that begins in
    the middle of the tree counts from four lines on.
    """
    known = {node.id: node for node in nodes}
    parents = {node.id: _spoken_parent(node, known) for node in known.values() if node.role in _SPOKEN}
    by_line: dict[tuple[str, str], list[Node]] = defaultdict(list)
    for id_ in parents:
        by_line[(known[id_].role, key_of(known[id_].text))].append(known[id_])
    # From the last line up: the way down from each message of this line, by what it follows on.
    below: dict[int | None, _Way] = {}
    best: _Way | None = None
    for line in reversed(lines):
        ways = [_Way.from_(node, below.get(node.id)) for node in by_line.get((line.role, key_of(line.text)), ())]
        below = {}
        for way in ways:
            parent = parents[way.node.id]
            below[parent] = max(way, below.get(parent, way), key=_worth)
        best = max((way for way in ways if _is_sure(way, parents)), key=_worth, default=None)
    return best.nodes() if best is not None else ()


@dataclass(frozen=True, slots=True)
class _Way:
    """A way down the tree: a message, and how it goes on."""

    node: Node
    rest: _Way | None
    length: int
    end: int
    has_fan: bool

    @classmethod
    def from_(cls, node: Node, rest: _Way | None) -> _Way:
        is_fan = node.role == "fan"
        if rest is None:
            return cls(node, None, 1, node.id, is_fan)
        return cls(node, rest, rest.length + 1, rest.end, is_fan or rest.has_fan)

    def nodes(self) -> tuple[Node, ...]:
        found: list[Node] = []
        here: _Way | None = self
        while here is not None:
            found.append(here.node)
            here = here.rest
        return tuple(found)


def _worth(way: _Way) -> tuple[int, int]:
    return way.length, way.end


def _is_sure(way: _Way, parents: dict[int, int | None]) -> bool:
    return way.has_fan if parents[way.node.id] is None else way.length >= _SURE


def _spoken_parent(node: Node, known: dict[int, Node]) -> int | None:
    """Return what the message follows on, as far as a program knows: directions on the site are not said to it.

    A parent that lies outside of what was read counts as one.
    """
    parent = node.parent
    while parent is not None and parent in known and known[parent].role not in _SPOKEN:
        parent = known[parent].parent
    return parent
