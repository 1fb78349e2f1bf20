"""Macros of chance. Each draw is a hash of seed, place and offset: the same on replay, another one elsewhere. Pure."""

from __future__ import annotations

import re

from characters.macros.nodes import Call, Macro, Nodes, Tag, stripped

_COMMA = re.compile(r"(?<!\\),")
_DICE = re.compile(r"([1-9]\d{0,3})?d([1-9]\d{0,8}|%)([+-]\d{1,9})?", re.IGNORECASE)
_MOST_DICE = 100
_MANY = 1 << 30


def _random(call: Call) -> str:
    return _chosen(call, call.context.turn_seed)


def _pick(call: Call) -> str:
    return _chosen(call, call.context.chat_seed)


def _chosen(call: Call, seed: int) -> str:
    # Everything listed is filled, as in SillyTavern, so that what it sets is set whatever is drawn.
    items = [call.run.render(nodes) for nodes in _listed(call.tag)]
    if len(items) == 1 and "," in items[0] and _is_nested(call.tag):
        # A list kept in a variable.
        items = [item.strip().replace("\\,", ",") for item in _COMMA.split(items[0])]
    return items[int(call.run.draw(seed, call.tag) * len(items))]


def _listed(tag: Tag) -> list[Nodes]:
    """Return what stands between the `::`, or between the commas where there is no `::`."""
    args = list(tag.args)
    if tag.content is not None:
        args.append(tag.content)
    if len(args) > 1:
        return args
    items: list[list[str | Tag]] = [[]]
    for node in args[0]:
        if isinstance(node, Tag):
            items[-1].append(node)
            continue
        first, *others = (piece.replace("\\,", ",") for piece in _COMMA.split(node))
        items[-1].append(first)
        items += [[other] for other in others]
    return [stripped(tuple(item)) for item in items]


def _is_nested(tag: Tag) -> bool:
    return len(tag.args) == 1 and len(tag.args[0]) == 1 and isinstance(tag.args[0][0], Tag)


def _roll(call: Call) -> str:
    formula = call.args[0].replace(" ", "")
    if formula.isascii() and formula.isdigit():
        formula = f"d{formula}"
    dice = _DICE.fullmatch(formula)
    if dice is None:
        return ""
    count, sides = int(dice[1] or 1), 100 if dice[2] == "%" else int(dice[2])
    if count > _MOST_DICE:
        return ""
    seed = call.context.turn_seed
    rolls = (1 + int(call.run.draw(seed, call.tag, number) * sides) for number in range(count))
    return str(sum(rolls) + int(dice[3] or 0))


MACROS = (
    Macro("random", _random, 1, _MANY, lazy=True),
    Macro("pick", _pick, 1, _MANY, lazy=True),
    Macro("roll", _roll, 1, 1),
)
