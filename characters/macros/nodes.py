"""What a parsed text is made of, and what a macro's handler is called with. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from characters.macros.context import MacroContext


class Mode(StrEnum):
    """For whom a text is filled: the model, the fan, or the lorebook's recursion."""

    PROMPT = "prompt"
    SHOWN = "shown"
    SCANNED = "scanned"


@dataclass(slots=True, eq=False)
class Tag:
    """One `{{…}}` of a text. Never changed once its text is parsed.

    `macro` is None for what stays as it is; `body` are the nodes between the braces for that case. `args`
    are nodes too. `content` and `otherwise` are the block up to the closing tag and after `{{else}}`.
    `start` is its offset in the text, `height` how deep tags stand in each other here.
    """

    name: str
    body: Nodes
    start: int
    macro: Macro | None = None
    args: tuple[Nodes, ...] = ()
    closes: str = ""
    keeps_space: bool = False
    negated: bool = False
    content: Nodes | None = None
    otherwise: Nodes = ()
    height: int = 1


Nodes = tuple[str | Tag, ...]


def split(nodes: Nodes, separator: str) -> list[Nodes]:
    """Split nodes at a separator in their own text, never in what a nested macro will say."""
    found: list[Nodes] = []
    current: list[str | Tag] = []
    for node in nodes:
        if isinstance(node, Tag):
            current.append(node)
            continue
        first, *others = node.split(separator)
        current.append(first)
        for piece in others:
            found.append(tuple(current))
            current = [piece]
    found.append(tuple(current))
    return found


def stripped(nodes: Nodes) -> Nodes:
    """Return the nodes without the space around them."""
    kept = [node for node in nodes if node != ""]
    while kept and isinstance(kept[0], str):
        kept[0] = kept[0].lstrip()
        if kept[0]:
            break
        kept.pop(0)
    while kept and isinstance(kept[-1], str):
        kept[-1] = kept[-1].rstrip()
        if kept[-1]:
            break
        kept.pop()
    return tuple(kept)


class Run(Protocol):
    """One filling of one text, as a handler sees it."""

    @property
    def context(self) -> MacroContext: ...

    @property
    def mode(self) -> Mode: ...

    def render(self, nodes: Nodes) -> str:
        """Return the nodes filled."""

    def block(self, nodes: Nodes, tag: Tag) -> str:
        """Return a block's nodes filled, without the space that only lays out the source."""

    def inner(self, place: str, text: str) -> str:
        """Return another text of the card, filled; "" inside itself."""

    def original(self) -> str:
        """Return what the text replaces, once."""

    def draw(self, seed: int, tag: Tag, number: int = 0) -> float:
        """Return a fraction in [0, 1) that depends on seed, place, the tag's offset and `number` alone."""


@dataclass(frozen=True, slots=True)
class Call:
    """`args` are filled, a block's content last; empty for a lazy macro, whose handler fills what it needs."""

    run: Run
    tag: Tag
    args: tuple[str, ...] = ()

    @property
    def context(self) -> MacroContext:
        return self.run.context


@dataclass(frozen=True, slots=True)
class Macro:
    """A macro we know. It takes `least` to `most` arguments; more are joined to the last by `::`."""

    name: str
    handler: Callable[[Call], str]
    least: int = 0
    most: int = 0
    lazy: bool = False
    aliases: tuple[str, ...] = field(default=())
