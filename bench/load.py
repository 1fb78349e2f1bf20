"""A load run: so many chats at once against a whole site and a fake model; prints what a reader would notice.

`python -m bench.load --crowd` is 200 chats at 50 tokens a second on the best this machine has; every number can be
given instead, as in `--chats 64 --turns 6 --tokens 50 --workers 2 --db postgres --log redis`. `--profile FILE`
lets py-spy watch the first server process meanwhile, `--hold` waits for Enter before the load.
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
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace

from bench import site, upstream
from bench.client import Face, Fan, Heard
from bench.figures import percentile
from bench.loops import fast_loop


@dataclass(frozen=True, slots=True)
class Load:
    """So many chats, each so many turns one after the other; they begin evenly, within a reply's length or sooner."""

    chats: int
    turns: int
    script: upstream.Script = upstream.Script()
    face: Face = "page"
    longest_spread: float = 8.0

    @property
    def spread_seconds(self) -> float:
        return min(self.script.tokens * self.script.gap_seconds, self.longest_spread)


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
    held_per_s: float
    held_lags_ms: array[float]
    cpu_seconds: float
    rss_bytes: int
    harness_cpu_seconds: float
    other_cpu_seconds: float
    yardstick_ms: float

    @property
    def cpu_us_per_token(self) -> float:
        return self.cpu_seconds / max(self.tokens, 1) * 1e6

    @property
    def in_words(self) -> str:
        """Say what else a figure depends on."""
        harness = self.harness_cpu_seconds / self.seconds
        others = self.other_cpu_seconds / self.seconds
        lost = f", {self.lost} LOST" if self.lost else ", none lost"
        short = f", {self.short} CUT SHORT" if self.short else ""
        machine = f"harness {harness:.2f}, all others {others:.2f} cores, yardstick {self.yardstick_ms:.0f} ms"
        return f"{self.turns} turns{lost}{short}; {machine}"


# Two hundred people who come within eight seconds and then all read at the same time, twelve seconds long.
CROWD = Load(chats=200, turns=1, script=upstream.Script(tokens=1000))


def measure(served: site.Site, load: Load, fake: upstream.Fake) -> Measured:
    """Put the load on a running site and return what was measured; fans of earlier loads may come back."""
    fake.play(load.script)
    with fast_loop() as loop:
        return loop.run(_measure(served, load, fake))


async def _measure(served: site.Site, load: Load, fake: upstream.Fake) -> Measured:
    fans = [Fan(served.port, room, load.face) for room in served.rooms[: load.chats]]
    harness = (os.getpid(), fake.pid)
    spent, own, busy = served.cpu_seconds(), site.cpu_seconds(harness), site.busy_seconds()
    began = time.monotonic()
    visits = await asyncio.gather(*(_visit(fan, load, number) for number, fan in enumerate(fans)))
    seconds = time.monotonic() - began
    spent, own = served.cpu_seconds() - spent, site.cpu_seconds(harness) - own
    busy = site.busy_seconds() - busy
    for fan in fans:
        fan.close()
    heard = [reply for visit in visits for reply in visit]
    lags = array("f")
    for reply in heard:
        lags.extend(reply.lags_ms)
    held_per_s, held_lags = _held(heard)
    return Measured(
        added_ms=[reply.added_ms for reply in heard if reply.lags_ms],
        lags_ms=lags,
        turns=len(heard),
        lost=sum(not reply.is_complete for reply in heard),
        short=sum(reply.is_complete and len(reply.lags_ms) != load.script.tokens for reply in heard),
        tokens=len(lags),
        frames=sum(reply.frames for reply in heard),
        seconds=seconds,
        held_per_s=held_per_s,
        held_lags_ms=held_lags,
        cpu_seconds=spent,
        rss_bytes=served.rss_bytes(),
        harness_cpu_seconds=own,
        other_cpu_seconds=max(0.0, busy - spent - own),
        yardstick_ms=site.yardstick_ms(),
    )


def _held(heard: list[Heard]) -> tuple[float, array[float]]:
    """Return the tokens a second while everybody was being spoken to, and their lags; 0.0 where that never was."""
    since = max(reply.first_at for reply in heard)
    until = min(reply.ended_at for reply in heard)
    lags = array("f")
    for reply in heard:
        lags.extend(lag for lag, at in zip(reply.lags_ms, reply.heard_at, strict=True) if since < at <= until)
    return (len(lags) / (until - since) if lags else 0.0), lags


async def _visit(fan: Fan, load: Load, number: int) -> list[Heard]:
    # Fans do not press send in the same instant; over one reply's length they are spread evenly.
    await asyncio.sleep(number / load.chats * load.spread_seconds)
    return [await fan.turn(number + turn) for turn in range(load.turns)]


def warm(served: site.Site, fake: upstream.Fake, face: Face = "page") -> None:
    """Let a site that has just started answer its first turns; they are no figures."""
    measure(served, Load(min(len(served.rooms), 16), 3, upstream.Script(5), face), fake)


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
        (
            "while all were served",
            f"{measured.held_per_s:,.0f} a second, lag p99 {percentile(measured.held_lags_ms, 99):.0f}",
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
    if options.crowd:
        load = CROWD
        plan = site.best(load.chats)
    else:
        load = Load(
            options.chats, options.turns, upstream.Script(options.tokens, options.first, options.gap), options.face
        )
        plan = site.Plan(load.chats, options.workers, options.db, options.log)
    plan = replace(plan, settings=dict(pair.split("=", 1) for pair in options.set))
    with upstream.process() as fake, site.running(plan, fake.url) as served:
        print(f"{plan.in_words}, port {served.port}, pid {', '.join(map(str, served.pids))}", flush=True)
        if options.hold:
            input("Enter begins the load. ")
        warm(served, fake, load.face)
        for _ in range(options.repeat):
            with _watched(served.pids[0], options.profile) if options.profile else nullcontext():
                measured = measure(served, load, fake)
            print(printed(measured), flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crowd", action="store_true", help="200 chats at 50 tokens a second, with all there is")
    parser.add_argument("--chats", type=int, default=64)
    parser.add_argument("--turns", type=int, default=6, help="turns of each chat, one after the other")
    parser.add_argument("--tokens", type=int, default=50, help="tokens of a reply")
    parser.add_argument("--first", type=float, default=0.020, help="seconds to the model's first token")
    parser.add_argument("--gap", type=float, default=0.020, help="seconds between tokens")
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
