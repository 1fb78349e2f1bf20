"""Sentence vectors of memories: made off the event loop, kept as half floats, never waited for long."""

from __future__ import annotations

import asyncio
import struct
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

from companion_site.providers import embedders

# One thread: the encoder is CPU-bound, and a queue of questions would come too late anyway.
_pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="chat-embed")
_busy = 0


def pack(vector: list[float]) -> bytes:
    """Return the vector as little-endian half floats, 2 bytes a number."""
    return struct.pack(f"<{len(vector)}e", *vector)


@lru_cache(maxsize=4096)
def unpack(data: bytes) -> tuple[float, ...]:
    """Return what `pack` packed."""
    return struct.unpack(f"<{len(data) // 2}e", data)


def embed(text: str) -> list[float]:
    """Return the vector of one text. CPU-bound, tens of milliseconds."""
    return embedders["default"].embed([text])[0]


async def embed_within(text: str, *, seconds: float) -> tuple[float, ...]:
    """Return the vector of `text`, or () when the encoder is busy or slower than `seconds`."""
    global _busy
    if _busy or seconds <= 0:
        return ()
    _busy += 1
    future = asyncio.get_running_loop().run_in_executor(_pool, embed, text)
    future.add_done_callback(_done)
    done, _ = await asyncio.wait({future}, timeout=seconds)
    return tuple(future.result()) if done else ()


def _done(future: asyncio.Future[list[float]]) -> None:
    global _busy
    _busy -= 1
    if not future.cancelled():
        future.exception()
