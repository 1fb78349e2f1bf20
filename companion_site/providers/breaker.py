"""A circuit breaker: after many failures nobody waits for a server that is down. Pure; the clock is passed in.

Closed, every call passes. Five failures in thirty seconds with no success among them open it: nobody is let through
until it has rested. Then, half open, exactly one call probes the server; its success closes the breaker, its failure
lets it rest twice as long.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Literal

State = Literal["closed", "open", "half_open"]

FAILURES = 5
WINDOW_SECONDS = 30.0
REST_SECONDS = 10.0
LONGEST_REST_SECONDS = 120.0
# A probe that never says how it went gives its place up after this.
PROBE_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Leave:
    """Permission for one call. Of a probe, how it goes decides over the breaker."""

    number: int
    is_probe: bool = False


@dataclass(slots=True)
class Breaker:
    """The state of one server. Times are seconds of one monotonic clock.

    Each call asks `admit`, and tells with what it got how it went: `succeed`, `fail`, or `withdraw` when it was
    given up before anything could be known. What a call tells twice, or too late, changes nothing.
    """

    state: State = "closed"
    reason: str = ""
    opened_at: float = 0.0
    _failures: deque[float] = field(default_factory=lambda: deque(maxlen=FAILURES))
    _rest: float = REST_SECONDS
    _probe: Leave | None = None
    _probed_at: float = 0.0
    _calls: int = 0

    def admits(self, now: float) -> bool:
        """Say whether a call would be let through now."""
        if self.state == "closed":
            return True
        if self.state == "open":
            return now - self.opened_at >= self._rest
        return self._probe is None or now - self._probed_at >= PROBE_SECONDS

    def admit(self, now: float) -> Leave | None:
        """Let a call through, or return None at once."""
        if not self.admits(now):
            return None
        self._calls += 1
        leave = Leave(self._calls, is_probe=self.state != "closed")
        if leave.is_probe:
            self.state, self._probe, self._probed_at = "half_open", leave, now
        return leave

    def succeed(self, leave: Leave) -> None:
        if leave.is_probe and leave == self._probe:
            self.state, self.reason, self._probe, self._rest = "closed", "", None, REST_SECONDS
            self._failures.clear()
        elif self.state == "closed":
            self._failures.clear()

    def fail(self, leave: Leave, now: float, reason: str) -> None:
        if leave.is_probe and leave == self._probe:
            self._rest = min(self._rest * 2, LONGEST_REST_SECONDS)
            self._open(now, reason)
        elif self.state == "closed":
            self._failures.append(now)
            if len(self._failures) == FAILURES and now - self._failures[0] <= WINDOW_SECONDS:
                self._open(now, reason)

    def withdraw(self, leave: Leave) -> None:
        """Give the place of a probe to the next call."""
        if leave == self._probe:
            self._probe = None

    def _open(self, now: float, reason: str) -> None:
        self.state, self.reason, self.opened_at, self._probe = "open", reason, now, None
        self._failures.clear()
