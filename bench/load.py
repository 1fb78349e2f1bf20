"""A load run: so many chats at once against a whole site and a fake model; prints what a reader would notice.

`python -m bench.load --chats 200 --tokens 500 --workers 2 --db postgres --log redis` serves, loads and prints;
`--profile FILE` lets py-spy watch the first server process meanwhile, `--hold` waits for Enter before the load.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import quantiles

from bench import site, upstream
from bench.client import Face, Fan, Heard
from bench.loops import fast_loop


@dataclass(frozen=True, slots=True)
class Load:
    """So many chats, each so many turns one after the other; they begin spread over `spread_seconds`."""

    chats: int
    turns: int
    spread_seconds: float
    face: Face = "page"


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of a load: milliseconds and seconds; CPU of the servers, and what the harness itself took."""

    added_ms: list[float]
    lags_ms: array[float]
    turns: int
    lost: int
    short: int
    tokens: int
    frames: int
    seconds: float
    cpu_seconds: float
    rss_bytes: int
    harness_cpu_seconds: float

    @property
    def cpu_us_per_token(self) -> float:
        return self.cpu_seconds / max(self.tokens, 1) * 1e6

    @property
    def in_words(self) -> str:
        """Say what else a figure depends on."""
        harness = self.harness_cpu_seconds / self.seconds
        lost = f", {self.lost} LOST" if self.lost else ", none lost"
        short = f", {self.short} CUT SHORT" if self.short else ""
        return f"{self.turns} turns{lost}{short}; harness {harness:.0%} of a core, load {os.getloadavg()[0]:.1f}"


def percentile(values: list[float] | array[float], percent: int) -> float:
    """Return a percentile; of nothing it is none."""
    ordered = sorted(values)
    if len(ordered) < 2:
        return ordered[0] if ordered else float("nan")
    return quantiles(ordered, n=100, method="inclusive")[percent - 1]


async def measure(served: site.Site, load: Load, script: upstream.Script, fake_pid: int) -> Measured:
    """Put the load on a running site and return what was measured; fans of earlier loads may come back."""
    fans = [Fan(served.port, room, load.face) for room in served.rooms[: load.chats]]
    harness = (os.getpid(), fake_pid)
    spent, own = served.cpu_seconds(), site.cpu_seconds(harness)
    began = time.monotonic()
    visits = await asyncio.gather(*(_visit(fan, load, number) for number, fan in enumerate(fans)))
    seconds = time.monotonic() - began
    spent, own = served.cpu_seconds() - spent, site.cpu_seconds(harness) - own
    for fan in fans:
        fan.close()
    heard = [reply for visit in visits for reply in visit]
    lags = array("f")
    for reply in heard:
        lags.extend(reply.lags_ms)
    return Measured(
        added_ms=[reply.added_ms for reply in heard if reply.lags_ms],
        lags_ms=lags,
        turns=len(heard),
        lost=sum(not reply.is_complete for reply in heard),
        short=sum(reply.is_complete and len(reply.lags_ms) != script.tokens for reply in heard),
        tokens=len(lags),
        frames=sum(reply.frames for reply in heard),
        seconds=seconds,
        cpu_seconds=spent,
        rss_bytes=served.rss_bytes(),
        harness_cpu_seconds=own,
    )


async def _visit(fan: Fan, load: Load, number: int) -> list[Heard]:
    # Fans do not press send in the same instant; over one reply's length they are spread evenly.
    await asyncio.sleep(number / load.chats * load.spread_seconds)
    return [await fan.turn(number + turn) for turn in range(load.turns)]


def printed(measured: Measured) -> str:
    """Return the figures of a load for people."""
    added, lags = measured.added_ms, measured.lags_ms
    rows = (
        ("added first token, ms", " / ".join(f"{percentile(added, p):.1f}" for p in (50, 95, 99)) + "  (p50/p95/p99)"),
        ("token lag, ms", " / ".join(f"{percentile(lags, p):.0f}" for p in (50, 95, 99)) + "  (p50/p95/p99)"),
        (
            "tokens a second",
            f"{measured.tokens / measured.seconds:,.0f}  ({measured.tokens:,} in {measured.frames:,} frames)",
        ),
        ("turns a second", f"{measured.turns / measured.seconds:.1f}"),
        ("server CPU a token, us", f"{measured.cpu_us_per_token:.0f}"),
        ("server CPU a turn, ms", f"{measured.cpu_seconds / measured.turns * 1000:.2f}"),
        ("server CPU, cores", f"{measured.cpu_seconds / measured.seconds:.2f}"),
        ("server RSS, MB", f"{measured.rss_bytes / 2**20:.0f}"),
        ("", measured.in_words),
    )
    return "".join(f"  {name:<24} {value}\n" for name, value in rows)


@contextmanager
def _watched(pid: int, path: str) -> Iterator[None]:
    """Let py-spy write where a process spends its time, as folded stacks (or a picture, by the file's name)."""
    spy = shutil.which("py-spy", path=os.pathsep.join((os.path.dirname(sys.executable), os.environ["PATH"])))
    if spy is None:
        raise SystemExit("py-spy is not installed")
    kind = "flamegraph" if path.endswith(".svg") else "raw"
    command = [spy, "record", "--pid", str(pid), "--format", kind, "--output", path, "--duration", "3600"]
    process = subprocess.Popen([*command, "--rate", "200", "--gil", "--nonblocking"], stderr=subprocess.DEVNULL)
    time.sleep(0.5)
    try:
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)


def main() -> None:
    options = _options()
    script = upstream.Script(options.tokens, options.first, options.gap)
    settings = dict(pair.split("=", 1) for pair in options.set)
    settings.setdefault("CHAT_MAX_REPLIES", str(max(64, options.chats)))
    plan = site.Plan(options.chats, options.workers, options.db, options.log, settings=settings)
    spread = options.spread if options.spread is not None else script.tokens * script.gap_seconds
    load = Load(options.chats, options.turns, spread, options.face)
    with upstream.process(script) as (url, fake_pid), site.running(plan, url) as served:
        print(f"{plan.in_words}, port {served.port}, pid {', '.join(map(str, served.pids))}", flush=True)
        if options.hold:
            input("Enter begins the load. ")
        with fast_loop() as loop:
            warm = Load(min(options.chats, 8), 2, 0.1, options.face)
            loop.run(measure(served, warm, script, fake_pid))
            for _ in range(options.repeat):
                if options.profile:
                    with _watched(served.pids[0], options.profile):
                        measured = loop.run(measure(served, load, script, fake_pid))
                else:
                    measured = loop.run(measure(served, load, script, fake_pid))
                print(printed(measured), flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chats", type=int, default=64)
    parser.add_argument("--turns", type=int, default=6, help="turns of each chat, one after the other")
    parser.add_argument("--tokens", type=int, default=50, help="tokens of a reply")
    parser.add_argument("--first", type=float, default=0.020, help="seconds to the model's first token")
    parser.add_argument("--gap", type=float, default=0.020, help="seconds between tokens")
    parser.add_argument("--spread", type=float, help="seconds over which the chats begin; a reply's length")
    parser.add_argument("--face", choices=["page", "api"], default="page")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--db", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--log", choices=["memory", "redis"], default="memory", help="redis is the cache, too")
    parser.add_argument("--repeat", type=int, default=1, help="put the same load on the same site again")
    parser.add_argument("--profile", metavar="FILE", help="py-spy's folded stacks, or a flame graph for *.svg")
    parser.add_argument("--hold", action="store_true", help="print the process ids and wait for Enter")
    parser.add_argument("--set", metavar="NAME=VALUE", action="append", default=[], help="an environment variable")
    return parser.parse_args()


if __name__ == "__main__":
    main()
