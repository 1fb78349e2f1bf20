"""What a reader costs who waits: two thousand connections that follow replies in which nothing is said.

The model says a word every ten seconds. Memory is read three times: before, with the replies begun and nobody
listening, with everybody listening. The figure is a reader with a running reply of their own: what a connection
adds and what a reply adds, together.
"""

from __future__ import annotations

import asyncio
import os
import time

from bench import site, upstream
from bench.client import Fan, Heard, Refused
from bench.figures import Figures, entry
from bench.load import Load, measure
from bench.loops import fast_loop

TAILS = 2000
REPLIES = 200
SILENT = upstream.Script(tokens=100, gap_seconds=10.0)
# So many ask at the same time: the replies, not the rush, are to be measured.
AT_ONCE = 4
FULL = 503
COME_BACK_SECONDS = 0.5
LONGEST_RUSH = 120.0
SETTLE_SECONDS = 4.0
WATCH_SECONDS = 11.0


def run() -> Figures:
    """Measure; return the entries of `bench/results.json`."""
    plan = site.Plan(REPLIES, limits={"least_replies": REPLIES})
    with upstream.process() as fake, site.running(plan, fake.url) as served:
        # A process that has served every fan once has the memory that stays with it.
        measure(served, Load(REPLIES, 2, upstream.Script(tokens=5), longest_spread=20.0), fake)
        fake.play(SILENT)
        with fast_loop() as loop:
            return loop.run(_measure(served))


async def _measure(served: site.Site) -> Figures:
    fans = [Fan(served.port, room) for room in served.rooms]
    before = served.rss_bytes()
    replies = await _begun(fans)
    await asyncio.sleep(SETTLE_SECONDS)
    begun = served.rss_bytes()
    readers = [Fan(fan.port, fan.room) for _ in range(TAILS // REPLIES) for fan in fans]
    heard = [Heard() for _ in readers]
    tails = [
        asyncio.ensure_future(reader.follow(path, words))
        for reader, path, words in zip(readers, replies * (TAILS // REPLIES), heard, strict=True)
    ]
    await asyncio.sleep(SETTLE_SECONDS)
    spent, since = served.cpu_seconds(), time.monotonic()
    await asyncio.sleep(WATCH_SECONDS)
    cores = (served.cpu_seconds() - spent) / (time.monotonic() - since)
    listening = served.rss_bytes()
    is_open = sum(not tail.done() for tail in tails)
    for fan in (*fans, *readers):
        fan.close()
    await asyncio.gather(*tails, return_exceptions=True)
    tail, reply = (listening - begun) / TAILS / 1000, (begun - before) / REPLIES / 1000
    silent = sum(words.is_first for words in heard)
    detail = (
        f"{tail:.1f} KB for each of {TAILS:,} connections ({is_open:,} open at the end, {silent} never heard a word) "
        f"and {reply:.1f} KB for each of {REPLIES} running replies; {cores:.2f} cores while they wait; "
        f"{listening / 1e6:.0f} MB in all; SQLite, memory log, 1 web process; load {os.getloadavg()[0]:.1f}"
    )
    return {"chat_idle_tail_kb": entry(tail + reply, "KB", detail)}


async def _begun(fans: list[Fan]) -> list[bytes]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def begin(fan: Fan) -> bytes:
        async with gate:
            while True:
                try:
                    return await fan.begin()
                except Refused as refused:
                    # A busy park says when to come back: its admission control has nothing to do with memory.
                    if refused.status != FULL:
                        raise
                await asyncio.sleep(COME_BACK_SECONDS)

    async with asyncio.timeout(LONGEST_RUSH):
        return await asyncio.gather(*(begin(fan) for fan in fans))
