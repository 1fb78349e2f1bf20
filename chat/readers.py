"""Who has a stream open in this process: so many each, so many an address, and nobody who does not read."""

from __future__ import annotations

import asyncio
import contextvars
import time
from collections import Counter
from collections.abc import Callable
from typing import TypeVar

from chat import limits
from chat.exceptions import ParkIsFull
from companion_site.core.exceptions import TooManyRequests

_Key = TypeVar("_Key")

_SWEEP_SECONDS = 1.0
_RETRY_SECONDS = 5


class Reader:
    """One open stream."""

    __slots__ = ("_end", "address", "fan_id", "is_let_go", "is_stuck", "key", "since")

    def __init__(self, fan_id: int, address: str, key: str, end: Callable[[], object]) -> None:
        self.fan_id = fan_id
        self.address = address
        self.key = key
        # Since when it has been taking the same piece; 0 while it waits for the next.
        self.since = 0.0
        self.is_stuck = False
        self.is_let_go = False
        self._end = end

    def drop(self) -> None:
        """End the stream of somebody who does not read; the reply goes on."""
        self.is_stuck = True
        self._end()

    def let_go(self) -> None:
        """End the stream in good order; its reader comes back and reads on."""
        self.is_let_go = True
        self._end()


class Readers:
    """All open streams of this process."""

    def __init__(self) -> None:
        self._open: dict[Reader, None] = {}
        self._fans: Counter[int] = Counter()
        self._addresses: Counter[str] = Counter()
        self._sweeper: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._open)

    def join(self, reader: Reader) -> None:
        """Take a reader in, or raise `TooManyRequests` or `ParkIsFull`.

        A fan who has as many streams as one may have loses the oldest on the same reply: that is a phone that came
        back before its lost connection was noticed.
        """
        allowed = limits.current()
        if len(self._open) >= allowed.streams:
            raise ParkIsFull(retry_after_seconds=_RETRY_SECONDS)
        if self._fans[reader.fan_id] >= allowed.streams_each and not self._replace(reader):
            raise TooManyRequests(retry_after_seconds=_RETRY_SECONDS)
        if self._addresses[reader.address] >= allowed.streams_an_address:
            raise TooManyRequests(retry_after_seconds=_RETRY_SECONDS)
        self._open[reader] = None
        self._fans[reader.fan_id] += 1
        self._addresses[reader.address] += 1
        if self._sweeper is None or self._sweeper.done() or self._sweeper.get_loop() is not asyncio.get_running_loop():
            self._sweeper = asyncio.get_running_loop().create_task(self._sweep(), context=contextvars.Context())

    def leave(self, reader: Reader) -> None:
        """Forget a reader, once or more often."""
        if reader not in self._open:
            return
        del self._open[reader]
        _less(self._fans, reader.fan_id)
        _less(self._addresses, reader.address)

    def let_go(self) -> int:
        """Tell all readers to come back later; return how many there were."""
        for reader in list(self._open):
            reader.let_go()
        return len(self._open)

    def _replace(self, reader: Reader) -> bool:
        oldest = next((r for r in self._open if r.fan_id == reader.fan_id and r.key == reader.key), None)
        if oldest is None:
            return False
        self.leave(oldest)
        oldest.let_go()
        return True

    async def _sweep(self) -> None:
        """Drop those who have taken nothing for too long: what waits for them fills the server's memory."""
        while self._open:
            await asyncio.sleep(_SWEEP_SECONDS)
            before = time.monotonic() - limits.current().stuck_seconds
            for reader in [r for r in self._open if 0 < r.since < before]:
                reader.drop()


def _less(counter: Counter[_Key], key: _Key) -> None:
    counter[key] -= 1
    if not counter[key]:
        del counter[key]


readers = Readers()
