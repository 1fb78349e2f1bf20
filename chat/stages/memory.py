"""Recalls what the fan once told this character, and notes whether this message tells something new."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from django.conf import settings

from chat import lexicons
from chat.memory import hints, rank, vectors
from chat.memory.extract import extract
from chat.turn import Event, MemoryRecalled, Turn


async def recall(turn: Turn) -> AsyncGenerator[Event, None]:
    """Fill `recalled` and `hint`. Meaning is asked for only where words decide nothing, and never for long."""
    # A receiver queues the digestion only when there is something to digest.
    turn.trace["facts"] = len(extract(turn.message, lexicons.facts()))
    if not turn.memories or not turn.message:
        return
    vector: tuple[float, ...] = ()
    if rank.needs_meaning(turn.memories, turn.message, now=turn.now):
        vector = await vectors.embed_within(turn.message, seconds=settings.CHAT_RECALL_SECONDS)
    found = rank.recall(turn.memories, turn.message, now=turn.now, vector=vector)
    if not found:
        return
    turn.recalled = tuple(recalled.fragment for recalled in found)
    turn.trace["memories"] = [
        {"text": r.fragment.text, "score": r.score, "reason": r.reason, "told_at": r.fragment.told_at.isoformat()}
        for r in found
    ]
    turn.hint = hints.hint(found[0].fragment, now=turn.now)
    yield MemoryRecalled(turn.hint)
