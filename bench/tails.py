"""What a reader costs who waits: two thousand connections that follow replies in which nothing is said.

Each fan has a reply of their own, whose model says a word every ten seconds. Memory is read three times: before,
with all replies begun and nobody listening, with everybody listening.
"""

from __future__ import annotations

import asyncio
import os
import time

from bench import site, upstream
from bench.client import Fan, Heard
from bench.figures import Figures, entry
from bench.load import Load, measure
from bench.loops import fast_loop

TAILS = 2000
SILENT = upstream.Script(tokens=100, gap_seconds=10.0)
# So many ask at the same time: the replies, not the rush, are to be measured.
AT_ONCE = 16
SETTLE_SECONDS = 3.0
WATCH_SECONDS = 12.0


def run() -> Figures:
    """Measure; return the entries of `bench/results.json`."""
    plan = site.Plan(TAILS, settings={"CHAT_MAX_REPLIES": str(TAILS + 100)})
    with upstream.process() as fake, site.running(plan, fake.url) as served:
        # A process that has served this many at once has the memory that stays with it.
        measure(served, Load(AT_ONCE * 4, 4, upstream.Script(tokens=5)), fake)
        fake.play(SILENT)
        with fast_loop() as loop:
            return loop.run(_measure(served))


async def _measure(served: site.Site) -> Figures:
    fans = [Fan(served.port, room) for room in served.rooms]
    before = served.rss_bytes()
    replies = await _begun(fans)
    await asyncio.sleep(SETTLE_SECONDS)
    begun = served.rss_bytes()
    heard = [Heard() for _ in fans]
    tails = [asyncio.ensure_future(fan.follow(*pair)) for fan, *pair in zip(fans, replies, heard, strict=True)]
    await asyncio.sleep(SETTLE_SECONDS)
    spent, since = served.cpu_seconds(), time.monotonic()
    await asyncio.sleep(WATCH_SECONDS)
    cores = (served.cpu_seconds() - spent) / (time.monotonic() - since)
    open_tails = sum(not tail.done() for tail in tails)
    listening = served.rss_bytes()
    for fan in fans:
        fan.close()
    await asyncio.gather(*tails, return_exceptions=True)
    tail, reply = (listening - begun) / TAILS / 1000, (begun - before) / TAILS / 1000
    silent = sum(reply.is_first for reply in heard)
    detail = (
        f"{open_tails} tails of {TAILS} open, {silent} without a word; the connection {tail:.1f} KB, the running reply "
        f"behind it {reply:.1f} KB; {cores:.2f} cores while they wait; {served.rss_bytes() / 1e6:.0f} MB in all; "
        f"load {os.getloadavg()[0]:.1f}"
    )
    return {"chat_idle_tail_kb": entry(tail + reply, "KB", detail)}


async def _begun(fans: list[Fan]) -> list[bytes]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def begin(fan: Fan) -> bytes:
        async with gate:
            return await fan.begin()

    return await asyncio.gather(*(begin(fan) for fan in fans))
