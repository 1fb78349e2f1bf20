"""Decides how many replies one process may write at once, and who comes next. Pure: no Django, no clock, no network.

The cap is not guessed: it is as much of a core as replies may use, divided by what a reply was measured to cost.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Literal

# How much of what was measured a second ago still counts: five seconds of memory.
_MEMORY = 0.8
# Until something is measured: what a reply costs in CPU seconds a second, and for how many reply-seconds to believe it.
_PRIOR_COST = 0.004
_PRIOR_WEIGHT = 10.0
# The cap is lowered only in a process that is this busy, as a share of what replies may use.
_BUSY = 0.7
# A cap grows at most so much a second, and shrinks so much while the event loop runs late.
_GROWTH = 2.0
_SHRINK = 0.8


@dataclass(frozen=True, slots=True)
class Bounds:
    """What an operator allows: how much of a core, the least and the most replies, and how late words may be.

    A little more than one core: work comes in bursts, a process that is quite busy is still quick, and a queue
    before it would only waste what is left. The lateness of the event loop says when it is too much.
    """

    share: float = 1.2
    floor: int = 4
    ceiling: int = 256
    lag_seconds: float = 0.4
    first_word_seconds: float = 8.0


@dataclass(frozen=True, slots=True)
class Sample:
    """What one second showed. `reply_seconds` is the time replies were being written, added up over all of them."""

    cpu_seconds: float
    reply_seconds: float
    tokens: int = 0
    turns: int = 0
    lag_seconds: float = 0.0
    first_word_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Load:
    """What replies cost in this process, as far as measured, and how many of them it may write at once."""

    cap: int
    cpu_seconds: float = _PRIOR_COST * _PRIOR_WEIGHT
    reply_seconds: float = _PRIOR_WEIGHT
    tokens: float = 0.0
    turns: float = 0.0
    measured_seconds: float = 0.0
    lag_seconds: float = 0.0
    first_word_seconds: float = 0.0

    @property
    def cost(self) -> float:
        """CPU seconds of this process for each second of a reply, opening and pages included."""
        return self.cpu_seconds / self.reply_seconds if self.reply_seconds else _PRIOR_COST

    @property
    def cores(self) -> float:
        """How much of a core this process uses, over the last seconds."""
        return self.measured_seconds * (1 - _MEMORY)

    @property
    def token_microseconds(self) -> float:
        """CPU microseconds for each token, everything else included; 0 while nothing was measured."""
        return self.measured_seconds / self.tokens * 1e6 if self.tokens >= 1 else 0.0

    @property
    def turn_milliseconds(self) -> float:
        """CPU milliseconds for each turn, everything included; 0 while nothing was measured."""
        return self.measured_seconds / self.turns * 1e3 if self.turns >= 0.5 else 0.0


def unmeasured(bounds: Bounds) -> Load:
    """Return the load of a process that has just started."""
    return Load(cap=_within(bounds.share / _PRIOR_COST, bounds))


def measured(load: Load, sample: Sample, bounds: Bounds) -> Load:
    """Return the load after one more second of writing."""
    after = replace(
        load,
        cpu_seconds=load.cpu_seconds * _MEMORY + sample.cpu_seconds,
        reply_seconds=load.reply_seconds * _MEMORY + sample.reply_seconds,
        tokens=load.tokens * _MEMORY + sample.tokens,
        turns=load.turns * _MEMORY + sample.turns,
        measured_seconds=load.measured_seconds * _MEMORY + sample.cpu_seconds,
        lag_seconds=(load.lag_seconds + sample.lag_seconds) / 2,
        first_word_seconds=_blend(load.first_word_seconds, sample.first_word_seconds),
    )
    return replace(after, cap=_next_cap(after, bounds))


def _blend(before: float, now: float) -> float:
    # A second in which no reply began says nothing about how long beginning takes; it only makes old news older.
    return (before + now) / 2 if now else before * _MEMORY


def _next_cap(load: Load, bounds: Bounds) -> int:
    if load.lag_seconds > bounds.lag_seconds or load.first_word_seconds > bounds.first_word_seconds:
        # Late words: another process has the core, or the model has a queue of its own. Measured cost cannot see it.
        return _within(load.cap * _SHRINK, bounds)
    fair = bounds.share / load.cost
    if load.cores < _BUSY * bounds.share:
        # A reply of a few words is mostly its opening, and dear by the second: no reason to hold others back while
        # the process has time left.
        fair = max(fair, load.cap)
    return _within(min(fair, load.cap * _GROWTH), bounds)


def _within(cap: float, bounds: Bounds) -> int:
    return max(min(bounds.floor, bounds.ceiling), min(bounds.ceiling, int(cap)))


Refusal = Literal["full", "yours"]


class Line:
    """Who writes and who waits: first come, first served, but nobody has more than `each` replies written at once."""

    def __init__(self) -> None:
        self.running: dict[str, int] = {}
        # A dict keeps the order in which they came.
        self.waiting: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.running) + len(self.waiting)

    def of(self, fan_id: int) -> int:
        """Return how many turns of this fan are written or wait."""
        return sum(fan == fan_id for places in (self.running, self.waiting) for fan in places.values())

    def join(self, key: str, fan_id: int) -> None:
        """Put a turn at the end."""
        self.waiting[key] = fan_id

    def leave(self, key: str) -> None:
        """Take a turn out, wherever it stands."""
        self.running.pop(key, None)
        self.waiting.pop(key, None)

    def call(self, cap: int, *, each: int) -> list[str]:
        """Move those whose turn it is from waiting to running; return them in order.

        A fan who has as many running as one may have is passed over and keeps the place.
        """
        called: list[str] = []
        if not self.waiting or len(self.running) >= cap:
            return called
        running = Counter(self.running.values())
        for key, fan_id in list(self.waiting.items()):
            if len(self.running) >= cap:
                break
            if fan_id and running[fan_id] >= each:
                continue
            running[fan_id] += 1
            self.running[key] = self.waiting.pop(key)
            called.append(key)
        return called

    def positions(self) -> dict[str, int]:
        """Return the place in the queue of each who waits, from 1."""
        return {key: place for place, key in enumerate(self.waiting, start=1)}


def refusal(*, total: int, yours: int, room: int, each: int) -> Refusal | None:
    """Say why one more turn cannot even wait: `total` turns of a process with `room`, `yours` of a fan's `each`."""
    if yours >= each:
        return "yours"
    return "full" if total >= room else None
