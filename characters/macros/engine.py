"""Fills a parsed text. Card text is hostile, so what macros may add and how often they may run is bounded. Pure."""

from __future__ import annotations

import hashlib

from characters.macros.context import MacroContext
from characters.macros.flow import HELD, TRIM, laid_out, settled
from characters.macros.nodes import Call, Mode, Nodes, Tag
from characters.macros.parse import parse

# Characters that macros may add to one text, all levels together, and macros that may run in it.
ROOM = 100_000
STEPS = 5_000
# A text of the card may name another, and that one a third.
_TEXTS_DEEP = 3
# So many of its characters count as one macro run, so that naming a long text again and again stays cheap.
_STRETCH = 500
_SCALE = float(1 << 64)


class Filling:
    """One filling of one text: what is left of its bounds, and where it stands. Fulfils `nodes.Run`."""

    __slots__ = ("_inside", "_original", "_place", "_room", "_steps", "context", "mode")

    def __init__(self, context: MacroContext, mode: Mode, *, place: str = "", original: str = "") -> None:
        self.context = context
        self.mode = mode
        self._place = place
        self._original = original
        self._room = ROOM
        self._steps = STEPS
        self._inside: list[str] = []

    def fill(self, text: str) -> str:
        """Return `text` filled. Never raises."""
        nodes = parse(text)
        if len(nodes) == 1 and isinstance(nodes[0], str):
            return nodes[0]
        filled = self.render(nodes)
        return settled(filled) if TRIM in filled or HELD in filled else filled

    def render(self, nodes: Nodes) -> str:
        return "".join([node if isinstance(node, str) else self._value(node) for node in nodes])

    def block(self, nodes: Nodes, tag: Tag) -> str:
        filled = self.render(nodes)
        return filled if tag.keeps_space else laid_out(filled)

    def inner(self, place: str, text: str) -> str:
        # A text inside itself would never end.
        if place in self._inside or len(self._inside) >= _TEXTS_DEEP:
            return ""
        self._steps -= len(text) // _STRETCH
        outside, self._place = self._place, place
        self._inside.append(place)
        filled = self.render(parse(text))
        self._inside.pop()
        self._place = outside
        return filled

    def original(self) -> str:
        text, self._original = self._original, ""
        return text

    def draw(self, seed: int, tag: Tag, number: int = 0) -> float:
        key = f"{seed}\x1f{self._place}\x1f{tag.start}\x1f{number}".encode("utf-8", "surrogatepass")
        return int.from_bytes(hashlib.blake2b(key, digest_size=8).digest()) / _SCALE

    def _value(self, tag: Tag) -> str:
        macro = tag.macro
        if macro is None or len(tag.args) + (tag.content is not None) < macro.least:
            return self._as_written(tag)
        if self._room <= 0 or self._steps <= 0:
            return ""
        self._steps -= 1
        args = () if macro.lazy or not macro.most else self._args(tag, macro.most)
        value = macro.handler(Call(self, tag, args))
        if len(value) > self._room:
            value = value[: self._room]
        self._room -= len(value)
        return value

    def _args(self, tag: Tag, most: int) -> tuple[str, ...]:
        args = [self.render(nodes) for nodes in tag.args]
        if tag.content is not None:
            args.append(self.block(tag.content, tag))
        if len(args) > most:
            args[most - 1 :] = ["::".join(args[most - 1 :])]
        return tuple(args)

    def _as_written(self, tag: Tag) -> str:
        return "".join(("{{", self.render(tag.body), "}}"))
