"""A chat as a tree of messages, whatever file it came from and whatever file it goes to. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from characters.cards.limits import JsonObject
from chat.transfer import limits
from chat.transfer.errors import ChatRefused, Reason

ROLES = ("fan", "character", "director")


@dataclass(slots=True)
class Node:
    """One message. `parent` is its parent's place in the tree's list, where parents come before children.

    `position` is its place among its swipes, `kept` what a foreign file says besides, `place` where it stands there.
    """

    role: str
    text: str
    parent: int | None = None
    position: int = 0
    status: str = "complete"
    id: str = ""
    said_at: datetime | None = None
    edited_at: datetime | None = None
    is_removed: bool = False
    rating: int = 0
    scene: str = ""
    mood: JsonObject = field(default_factory=dict)
    state: JsonObject = field(default_factory=dict)
    kept: JsonObject = field(default_factory=dict)
    place: str = ""


@dataclass(slots=True)
class Report:
    """What was read, and what was not understood: `unread` fields with how often, `left_out` lines by reason.

    `blocked` are the places whose words crossed a red line, with its policy; their words were not kept.
    """

    format: str = ""
    messages: int = 0
    swipes: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    unread: Counter[str] = field(default_factory=Counter)
    blocked: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class ChatTree:
    """A chat with all its branches. `head` is the place of the last message of the branch on show."""

    nodes: list[Node]
    head: int | None = None
    character: str = ""
    slug: str = ""
    version: int = 0
    fan: str = ""
    title: str = ""
    scene: str = ""
    started_at: datetime | None = None
    note: JsonObject = field(default_factory=dict)
    books: list[str] = field(default_factory=list)
    checkpoints: list[tuple[str, int]] = field(default_factory=list)
    kept: JsonObject = field(default_factory=dict)
    report: Report = field(default_factory=Report)

    def path_to(self, place: int | None) -> list[int]:
        """Return the places of a branch, oldest first."""
        found: list[int] = []
        while place is not None:
            found.append(place)
            place = self.nodes[place].parent
        return found[::-1]

    def swipes(self) -> dict[tuple[int | None, str], list[int]]:
        """Return the places of all swipes of a message by their parent and role, in order."""
        found: dict[tuple[int | None, str], list[int]] = {}
        for place, node in enumerate(self.nodes):
            found.setdefault((node.parent, node.role), []).append(place)
        for places in found.values():
            places.sort(key=lambda place: (self.nodes[place].position, place))
        return found

    def leaves(self) -> Iterator[int]:
        """Yield the places nothing hangs on, in their order."""
        parents = {node.parent for node in self.nodes}
        return (place for place in range(len(self.nodes)) if place not in parents)

    def depths(self) -> list[int]:
        """Return how deep each message lies, 0 for those without a parent."""
        depths: list[int] = []
        for node in self.nodes:
            depths.append(0 if node.parent is None else depths[node.parent] + 1)
        return depths


def require_length(role: str, text: str, *, where: str) -> None:
    """Raise `ChatRefused` where words are longer than this side's may be."""
    most = limits.CHARACTER_CHARS if role == "character" else limits.FAN_CHARS
    if len(text) > most:
        raise ChatRefused(Reason.TOO_LONG, where, limit=most)
