"""Whether a chat grows slow: a turn at message 100 and one at message 100,000, by turns on the same server."""

from __future__ import annotations

import os
from dataclasses import replace
from statistics import median

from bench import site, upstream
from bench.figures import Figures, entry
from bench.load import Load, Measured, measure, warm

DEPTHS = (100, 100_000)
ROUNDS = 6
LOAD = Load(1, 20, upstream.Script(tokens=1, first_seconds=0.005))


def run() -> Figures:
    """Measure; return the entries of `bench/results.json`."""
    found: dict[int, list[Measured]] = {depth: [] for depth in DEPTHS}
    with (
        upstream.process() as fake,
        site.running(site.Plan(len(DEPTHS), depths=DEPTHS), fake.url) as served,
    ):
        warm(served, fake)
        for _ in range(ROUNDS):
            for depth, room in zip(DEPTHS, served.rooms, strict=True):
                found[depth].append(measure(replace(served, rooms=[room]), LOAD, fake))
    cpu = {depth: sum(m.cpu_seconds for m in rounds) / ROUNDS / LOAD.turns * 1000 for depth, rounds in found.items()}
    waits = {depth: median(ms for m in rounds for ms in m.added_ms) for depth, rounds in found.items()}
    shallow, deep = DEPTHS
    detail = (
        f"CPU of a turn at message {deep:,} to one at message {shallow}: {cpu[deep]:.2f} ms to {cpu[shallow]:.2f} ms; "
        f"first token added p50 {waits[deep]:.1f} ms to {waits[shallow]:.1f} ms; {ROUNDS * LOAD.turns} turns each, "
        f"SQLite; load {os.getloadavg()[0]:.1f}"
    )
    return {"chat_turn_depth_ratio": entry(cpu[deep] / cpu[shallow], "ratio", detail, digits=2)}
