"""The gate of this process: lets turns in as fast as they can be served, keeps the queue, and measures what they cost.

`chat.admission` decides; here are the clock, the event loop and the counters.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType

from django.utils.translation import gettext_lazy as _

from chat import limits
from chat.admission import Line, Load, Sample, measured, refusal, unmeasured
from chat.exceptions import ParkIsFull
from companion_site.core.exceptions import TooManyRequests

_SAMPLE_SECONDS = 1.0
# How often the loop's lateness is looked at; once in a sample those who wait are told their new places.
_TICK_SECONDS = 0.25
_FULL_RETRY_SECONDS = 5
_CLOSED_RETRY_SECONDS = 3


@dataclass(slots=True)
class _Waiting:
    called: asyncio.Future[None]
    tell: Callable[[int], None]
    told: int = 0


@dataclass(slots=True)
class _Meter:
    """What has happened since the last sample."""

    at: float = 0.0
    cpu: float = 0.0
    reply_seconds: float = 0.0
    tokens: int = 0
    turns: int = 0
    lag: float = 0.0
    first_words: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Report:
    """How this process stands, for health pages and tests."""

    running: int
    waiting: int
    load: Load
    is_open: bool


class Gate:
    """One for each process. Turns enter and leave on the event loop; places are promised from any thread."""

    def __init__(self) -> None:
        self._line = Line()
        self._waiting: dict[str, _Waiting] = {}
        self._promised: Counter[int] = Counter()
        self._lock = threading.Lock()
        self._meter = _Meter()
        self._load: Load | None = None
        self._ticker: asyncio.Task[None] | None = None
        self._is_open = True

    # --- from any thread ---------------------------------------------------------------

    def promise(self, fan_id: int) -> None:
        """Keep a place for a turn about to be stored; raise where it could not even wait."""
        if not self._is_open:
            raise ParkIsFull(
                _("This part of the park is being tidied. Your words were not sent; send them again in a moment."),
                retry_after_seconds=_CLOSED_RETRY_SECONDS,
            )
        allowed = limits.current()
        with self._lock:
            found = refusal(
                total=len(self._line) + self._promised.total(),
                yours=self._line.of(fan_id) + self._promised[fan_id] if fan_id else 0,
                room=self.load.cap + allowed.waiting,
                each=allowed.running_each + allowed.waiting_each,
            )
            if found is None:
                self._promised[fan_id] += 1
                return
        if found == "yours":
            raise TooManyRequests(
                _("Several of your characters are still speaking. Let one of them finish first."),
                retry_after_seconds=_FULL_RETRY_SECONDS,
            )
        raise ParkIsFull(retry_after_seconds=_FULL_RETRY_SECONDS)

    def release(self, fan_id: int) -> None:
        """Give back a kept place: the turn has come, or never will."""
        with self._lock:
            self._promised[fan_id] -= 1
            if self._promised[fan_id] <= 0:
                del self._promised[fan_id]

    @property
    def load(self) -> Load:
        """What replies cost here, as far as measured."""
        if self._load is None:
            self._load = unmeasured(limits.bounds())
        return self._load

    def report(self) -> Report:
        """Say how many write and wait, and what it costs."""
        return Report(len(self._line.running), len(self._line.waiting), self.load, self._is_open)

    # --- on the event loop -------------------------------------------------------------

    def join(self, key: str, fan_id: int) -> None:
        """Put a turn at the end of the line."""
        self._line.join(key, fan_id)
        self._begin_ticking()

    async def enter(self, key: str, tell: Callable[[int], None]) -> None:
        """Return when this turn may be written; meanwhile `tell` its place in the queue whenever that changes.

        Raises `ParkIsFull` when it has waited as long as one may.
        """
        self._call()
        if key in self._line.running:
            return
        place = self._line.positions()[key]
        waiting = self._waiting[key] = _Waiting(asyncio.get_running_loop().create_future(), tell, place)
        tell(place)
        try:
            async with asyncio.timeout(limits.current().wait_seconds):
                await waiting.called
        except TimeoutError:
            raise ParkIsFull(retry_after_seconds=_FULL_RETRY_SECONDS) from None

    def leave(self, key: str) -> None:
        """Take a turn out, written or not, and call those who come next."""
        self._line.leave(key)
        self._waiting.pop(key, None)
        self._call()

    def began(self, seconds: float) -> None:
        """Note that a reply's first word came so long after it was let in."""
        self._meter.first_words.append(seconds)

    def said(self, tokens: int) -> None:
        """Note that so many tokens more were streamed."""
        self._meter.tokens += tokens

    def close(self) -> None:
        """Let nobody in any more: this process is about to end."""
        self._is_open = False

    def _call(self) -> None:
        for key in self._line.call(self.load.cap, each=limits.current().running_each):
            self._meter.turns += 1
            waiting = self._waiting.pop(key, None)
            if waiting is not None and not waiting.called.done():
                waiting.called.set_result(None)

    def _announce(self) -> None:
        for key, place in self._line.positions().items():
            waiting = self._waiting.get(key)
            if waiting is not None and waiting.told != place:
                waiting.told = place
                waiting.tell(place)

    def _begin_ticking(self) -> None:
        if self._ticker is None or self._ticker.done() or self._ticker.get_loop() is not asyncio.get_running_loop():
            self._meter = _Meter(at=time.monotonic(), cpu=time.process_time())
            self._ticker = asyncio.get_running_loop().create_task(self._tick(), context=contextvars.Context())

    async def _tick(self) -> None:
        """While turns run: watch how late the loop is, sample once a second, tell places anew."""
        while len(self._line):
            before = time.monotonic()
            await asyncio.sleep(_TICK_SECONDS)
            now = time.monotonic()
            self._meter.reply_seconds += (now - before) * len(self._line.running)
            self._meter.lag = max(self._meter.lag, now - before - _TICK_SECONDS)
            if now - self._meter.at >= _SAMPLE_SECONDS:
                self._sample(now)
                self._announce()
            self._call()

    def _sample(self, now: float) -> None:
        meter, cpu = self._meter, time.process_time()
        sample = Sample(
            cpu_seconds=cpu - meter.cpu,
            reply_seconds=meter.reply_seconds,
            tokens=meter.tokens,
            turns=meter.turns,
            lag_seconds=max(0.0, meter.lag),
            first_word_seconds=sum(meter.first_words) / len(meter.first_words) if meter.first_words else 0.0,
        )
        self._load = measured(self.load, sample, limits.bounds())
        self._meter = _Meter(at=now, cpu=cpu)


gate = Gate()


class Place:
    """A place kept for one turn while it is accepted: `with Place(fan.pk): …`. Making one may refuse."""

    def __init__(self, fan_id: int = 0) -> None:
        self._fan_id = fan_id
        gate.promise(fan_id)
        gate.release(fan_id)

    def __enter__(self) -> None:
        gate.promise(self._fan_id)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        gate.release(self._fan_id)
