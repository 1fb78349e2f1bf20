"""The fastest event loop there is: what the harness spends, the measured cannot have."""

from __future__ import annotations

import asyncio

try:
    import uvloop
except ImportError:  # on Windows
    uvloop = None


def fast_loop() -> asyncio.Runner:
    """Return a runner on uvloop, or on asyncio's own loop where there is none."""
    return asyncio.Runner(loop_factory=None if uvloop is None else uvloop.new_event_loop)
