"""Chooses the example exchanges that show the character best at this moment. Pure."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from characters.cards.examples import Exchange, parse
from chat.detectors.lexicon import units

_START = re.compile(r"^[^\S\n]*<START>[^\S\n]*$", re.IGNORECASE | re.MULTILINE)
# Below this an example has nothing to do with the message, and would lead a small model astray.
_ALIKE_FROM = 0.2
_SAME_FEELING = 0.35


@dataclass(frozen=True, slots=True)
class Choice:
    """Chosen exchanges with their place in the card's list: `fixed` always the same, `near` by likeness."""

    fixed: tuple[tuple[int, Exchange], ...]
    near: tuple[tuple[int, Exchange], ...]


def blocks_of(text: str, *, name: str) -> tuple[tuple[Exchange, ...] | str, ...]:
    """Return the blocks of a card's example messages as exchanges; one without speakers stays text."""
    blocks = [(part.strip(), parse(part, name=name)) for part in _START.split(text)]
    return tuple(exchanges or part for part, exchanges in blocks if part)


@lru_cache(maxsize=4096)
def _features(text: str) -> tuple[tuple[str, int], ...]:
    found = units(text)
    pairs = [a + b for a, b in zip(found, found[1:], strict=False)]
    return tuple(Counter([*found, *pairs]).items())


def likeness(one: str, other: str) -> float:
    """Return how alike two texts are, 0.0 to 1.0, by their characters, words and pairs of them; all weigh the same."""
    return _cosine(_vector(one, {}), _vector(other, {}))


@lru_cache(maxsize=512)
def _weighed(exchanges: tuple[Exchange, ...]) -> tuple[tuple[dict[str, float], float], ...]:
    """Return the fans' lines as weighed pieces with their length, once a card."""
    rarity = _rarity(exchanges)
    return tuple(_vector(exchange.fan, rarity) for exchange in exchanges)


def _vector(text: str, rarity: Mapping[str, float]) -> tuple[dict[str, float], float]:
    """Return the pieces of a text weighed by how telling they are, and the length of that vector."""
    weights = {piece: count * rarity.get(piece, 1.0) for piece, count in _features(text)}
    return weights, math.sqrt(sum(weight**2 for weight in weights.values()))


def _cosine(one: tuple[dict[str, float], float], other: tuple[dict[str, float], float]) -> float:
    if not one[1] or not other[1]:
        return 0.0
    get = other[0].get
    return sum(weight * get(piece, 0.0) for piece, weight in one[0].items()) / (one[1] * other[1])


@lru_cache(maxsize=512)
def _rarity(exchanges: tuple[Exchange, ...]) -> dict[str, float]:
    """Return how telling each piece of the fans' lines is: what every line has (你, ?) says nothing."""
    seen = Counter(piece for exchange in exchanges for piece, _ in _features(exchange.fan))
    return {piece: math.log(1 + len(exchanges) / count) / math.log(1 + len(exchanges)) for piece, count in seen.items()}


def choose(
    exchanges: tuple[Exchange, ...],
    *,
    message: str,
    emotions: Sequence[str],
    emotion: str,
    counts: tuple[int, int],
    avoid: Sequence[str] = (),
) -> Choice:
    """Pick `counts` = (fixed, near) exchanges.

    The fixed ones are spread over the card's list and do not depend on the message. The near ones are most
    like `message`, even if they are among the fixed ones: a small model looks no further than the last lines.
    The same `emotion` (by `emotions`, one an exchange) counts as likeness too. What the character said lately
    (`avoid`) is left out, lest the model say it once more.
    """
    whole = [(i, e) for i, e in enumerate(exchanges) if e.fan and e.character]
    fixed = _spread(whole, counts[0])
    if not counts[1]:
        return Choice(tuple(fixed), ())
    told = _vector(message, _rarity(exchanges))
    lines = _weighed(exchanges)
    scored = sorted(
        (
            (
                _cosine(told, lines[i]) + (0.35 if emotion != "neutral" and emotions[i] == emotion else 0.0),
                -i,
                e,
            )
            for i, e in whole
            if not any(e.character in said for said in avoid)
        ),
        reverse=True,
        key=lambda row: row[:2],
    )
    near = [(-i, e) for score, i, e in scored[: counts[1]] if score >= _ALIKE_FROM]
    # The most alike stands last, next to the fan's message.
    return Choice(tuple(fixed), tuple(reversed(near)))


def opening(exchanges: Sequence[Exchange]) -> str:
    """Return the mark a reply of this character nearly always begins with: "*" for an action first, else ""."""
    begun = [exchange.character.lstrip()[:1] for exchange in exchanges if exchange.character.strip()]
    return "*" if begun and begun.count("*") >= 0.7 * len(begun) else ""


def _spread(whole: list[tuple[int, Exchange]], count: int) -> list[tuple[int, Exchange]]:
    if count <= 0:
        return []
    if len(whole) <= count:
        return whole
    return [whole[i * len(whole) // count] for i in range(count)]
