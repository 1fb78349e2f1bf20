"""What differs between two states of a card, place by place. Pure.

It works on any JSON objects; items of lists are matched by what they are (their id, name, keys), not by where
they stand, so that a new order is a move and an entry in front does not change all those behind it.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import TypeAlias

from characters.cards.limits import Json, JsonObject
from characters.wordwise import parts

Place: TypeAlias = "tuple[str | int, ...]"

# By which of its fields an item is recognised, the surest first.
_IDENTITIES = ("public_id", "id", "uid", "slug", "uri", "name", "title", "comment", "keys", "when")
# Two items that both have one of these, and not the same, are two items.
_SURE = ("public_id", "id", "uid")
_NAMES = ("title", "name", "comment", "slug", "keys", "when", "uri")
_NAME_CHARS = 60

# As much of two texts tells whether they are one, rewritten.
_BEGINNING = 2000
# How far ahead a rewritten item is looked for.
_NEAR = 8
_BLOCK = re.compile(r"(?i)(?=<start>)")


class Kind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    `before_at` and `after_at` are places (keys and list indices) on either side, () where it is not.
    `before` and `after` are the values there, None where it is not; of a move, the indices in the list.
    `names` goes along the place: what an item is called where the place has an index, "" elsewhere.
    """

    kind: Kind
    before_at: Place
    after_at: Place
    before: Json
    after: Json
    names: tuple[str, ...]

    @property
    def place(self) -> Place:
        return self.after_at or self.before_at

    @property
    def path(self) -> str:
        """The place as import reports spell it: `data.character_book.entries[2].content`."""
        spelled = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.place)
        return spelled.removeprefix(".")


def compare(before: JsonObject, after: JsonObject) -> tuple[Change, ...]:
    """Return every difference, in the order of `before` and then of what is new; () when the two are equal."""
    return tuple(_values(before, after, (), (), ()))


def is_same(before: Json, after: Json) -> bool:
    """Whether two values are equal as JSON: true is not 1, and 1 is not 1.0."""
    return before == after and _spell(before) == _spell(after)


def example_blocks(text: str) -> list[Json]:
    """Return example messages as their blocks, each with its <START>; joined they are the text again."""
    return [block for block in _BLOCK.split(text) if block]


def _spell(value: Json) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _values(before: Json, after: Json, old: Place, new: Place, names: tuple[str, ...]) -> Iterator[Change]:
    if is_same(before, after):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys((*before, *after)):
            here = (*names, "")
            if key not in after:
                yield Change(Kind.REMOVED, (*old, key), (), before[key], None, here)
            elif key not in before:
                yield Change(Kind.ADDED, (), (*new, key), None, after[key], here)
            else:
                yield from _values(before[key], after[key], (*old, key), (*new, key), here)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _lists(before, after, old, new, names)
    else:
        yield Change(Kind.CHANGED, old, new, before, after, names)


def _lists(before: list[Json], after: list[Json], old: Place, new: Place, names: tuple[str, ...]) -> Iterator[Change]:
    pairs = _matched(before, after)
    resting = _resting(pairs)
    moved = pairs.keys() - resting
    pairs |= _in_gaps(before, after, pairs, sorted(resting))
    for i, item in enumerate(before):
        if i not in pairs:
            yield Change(Kind.REMOVED, (*old, i), (), item, None, (*names, _name(item, i)))
            continue
        j = pairs[i]
        here = (*names, _name(after[j], j))
        if i in moved:
            yield Change(Kind.MOVED, (*old, i), (*new, j), i, j, here)
        yield from _values(item, after[j], (*old, i), (*new, j), here)
    taken = set(pairs.values())
    for j, item in enumerate(after):
        if j not in taken:
            yield Change(Kind.ADDED, (), (*new, j), None, item, (*names, _name(item, j)))


def _matched(before: Sequence[Json], after: Sequence[Json]) -> dict[int, int]:
    """Return {index before: index after} of the items that are surely the same: equal ones, then recognised ones."""
    pairs: dict[int, int] = {}
    _pair(before, after, pairs, _spell, is_once=False)
    for name in _IDENTITIES:
        _pair(before, after, pairs, lambda item, name=name: _identity(item, name), is_once=True)  # type: ignore[misc]
    return pairs


def _pair(
    before: Sequence[Json],
    after: Sequence[Json],
    pairs: dict[int, int],
    sign: Callable[[Json], str],
    *,
    is_once: bool,
) -> None:
    """Pair what is left and has the same sign; `is_once`: only where one item on each side has it."""
    here = _by_sign(((i, item) for i, item in enumerate(before) if i not in pairs), sign)
    if not here:
        return
    taken = set(pairs.values())
    there = _by_sign(((j, item) for j, item in enumerate(after) if j not in taken), sign)
    for known, places in here.items():
        others = there.get(known, [])
        if not is_once or (len(places) == 1 and len(others) == 1):
            pairs.update(zip(places, others, strict=False))


def _by_sign(items: Iterable[tuple[int, Json]], sign: Callable[[Json], str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for index, item in items:
        if known := sign(item):
            found[known].append(index)
    return found


def _identity(item: Json, name: str) -> str:
    value = item.get(name) if isinstance(item, dict) else None
    return _spell(value) if value not in (None, "", []) else ""


def _resting(pairs: dict[int, int]) -> set[int]:
    """Return the indices (before) of the longest run that keeps its order; whatever else is paired has moved."""
    tails: list[int] = []
    tail_at: list[int] = []
    previous: dict[int, int] = {}
    for i in sorted(pairs):
        length = bisect_left(tails, pairs[i])
        if length:
            previous[i] = tail_at[length - 1]
        if length == len(tails):
            tails.append(pairs[i])
            tail_at.append(i)
        else:
            tails[length], tail_at[length] = pairs[i], i
    found: set[int] = set()
    last = tail_at[-1] if tail_at else None
    while last is not None:
        found.add(last)
        last = previous.get(last)
    return found


def _in_gaps(
    before: Sequence[Json], after: Sequence[Json], pairs: dict[int, int], resting: Sequence[int]
) -> dict[int, int]:
    """Pair what was rewritten: alike, unrecognised, and between the same two neighbours that stayed."""
    taken = set(pairs.values())
    found: dict[int, int] = {}
    fences = [(-1, -1), *((i, pairs[i]) for i in resting), (len(before), len(after))]
    for (i0, j0), (i1, j1) in pairwise(fences):
        free = deque(j for j in range(j0 + 1, j1) if j not in taken)
        for i in range(i0 + 1, i1):
            if i in pairs:
                continue
            near = next((n for n in range(min(_NEAR, len(free))) if _is_alike(before[i], after[free[n]])), None)
            if near is not None:
                found[i] = free[near]
                for _ in range(near + 1):
                    free.popleft()
    return found


def _is_alike(before: Json, after: Json) -> bool:
    if isinstance(before, dict) and isinstance(after, dict):
        if any(name in before and name in after and before[name] != after[name] for name in _SURE):
            return False
        return any(
            isinstance(value, str | list) and value and is_same(value, after.get(name))
            for name, value in before.items()
        )
    if isinstance(before, str) and isinstance(after, str):
        old, new = Counter(parts(before[:_BEGINNING])), Counter(parts(after[:_BEGINNING]))
        return (old & new).total() * 3 >= max(old.total(), new.total())
    return type(before) is type(after)


def _name(item: Json, index: int) -> str:
    if isinstance(item, dict):
        for name in _NAMES:
            value = item.get(name)
            if isinstance(value, list):
                value = next((one for one in value if isinstance(one, str) and one.strip()), "")
            if isinstance(value, dict):  # a text in several languages
                value = next((one for one in value.values() if isinstance(one, str) and one.strip()), "")
            if isinstance(value, str) and value.strip():
                return " ".join(value.split())[:_NAME_CHARS]
    return f"#{index + 1}"
