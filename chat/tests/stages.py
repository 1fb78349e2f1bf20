"""Stages that only tests use."""

from __future__ import annotations

import time

from chat.turn import Turn


async def clock(turn: Turn) -> None:
    """Write down when the turn was let in."""
    turn.trace["began"] = time.monotonic()
