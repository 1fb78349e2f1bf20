"""A progress bar for a terminal, a line every tenth for a log."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TextIO

BAR_CELLS = 28
REDRAW_SECONDS = 0.1


class Progress:
    """Shows how much of `total` bytes has arrived."""

    def __init__(self, label: str, total: int, out: TextIO) -> None:
        self.label = label
        self.total = max(total, 1)
        self._out = out
        self._is_live = out.isatty()
        self._started_at = time.monotonic()
        self._first = 0
        self._drawn_at = 0.0
        self._tenths = -1
        self.done = 0

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        if self._is_live:
            self._draw()
            self._out.write("\n")
            self._out.flush()

    def start_at(self, done: int) -> None:
        """Begin with what an earlier run left behind."""
        self._first = self.done = done

    def update(self, done: int) -> None:
        """Show that `done` bytes have arrived."""
        self.done = done
        now = time.monotonic()
        if self._is_live:
            if now - self._drawn_at >= REDRAW_SECONDS:
                self._drawn_at = now
                self._draw()
        elif (tenths := min(10, 10 * done // self.total)) > self._tenths:
            self._tenths = tenths
            self._out.write(f"  {self.label}: {10 * tenths} %{self._rate()}\n")
            self._out.flush()

    def advance(self, count: int) -> None:
        self.update(self.done + count)

    def _draw(self) -> None:
        share = min(1.0, self.done / self.total)
        bar = "█" * int(share * BAR_CELLS)
        size = f"{self.done / 1e6:.0f}/{self.total / 1e6:.0f} MB"
        self._out.write(f"\r  {self.label} [{bar:·<{BAR_CELLS}}] {share:4.0%} {size}{self._rate()}\x1b[K")
        self._out.flush()

    def _rate(self) -> str:
        seconds = time.monotonic() - self._started_at
        got = self.done - self._first
        if seconds < 1.0 or got <= 0:
            return ""
        left = (self.total - self.done) / (got / seconds)
        return f" ({got / seconds / 1e6:.1f} MB/s, {left:.0f} s left)"
