"""Many fans at once on two web processes with PostgreSQL and Redis: two hundred chats held, turns a second.

Two hundred chats of 50 tokens a second, twenty seconds each, most of them all together; the lag is that of every
token, from leaving the model's server to arriving at the reader, the frames of 60 ms among it. Without PostgreSQL or
Redis the same on what there is, which the detail says; the figure named after PostgreSQL is then not measured.
"""

from __future__ import annotations

from dataclasses import replace

from bench import site, upstream
from bench.chat import BARE
from bench.figures import Figures, entry, percentile, unmeasured
from bench.load import CROWD, Load, Measured, measure, warm

TOGETHER = Load(64, 6)
QUICK = Load(64, 30, upstream.Script(tokens=1))


def run() -> Figures:
    """Measure; return the entries of `bench/results.json`."""
    plan = site.best(CROWD.chats)
    with upstream.process() as fake:
        limits = {name: _bare(name, plan, fake) for name in BARE}
        with site.running(plan, fake.url) as served:
            warm(served, fake)
            quick = measure(served, QUICK, fake)
            together = measure(served, TOGETHER, fake)
            crowd = measure(served, CROWD, fake)
    bare_turns = _beside({name: quick.turns / quick.seconds for name, (quick, _) in limits.items()})
    bare_lags = _beside({name: percentile(crowd.lags_ms, 99) for name, (_, crowd) in limits.items()})
    figures = {
        "chat_200_lag_ms_p99": _lag(crowd, f"{bare_lags}; {plan.in_words}"),
        "chat_added_ttft_ms_64_p95_2_workers": entry(
            percentile(together.added_ms, 95),
            "ms",
            f"p50 {percentile(together.added_ms, 50):.1f}; {together.cpu_us_per_token:.0f} us CPU a token; "
            f"{plan.in_words}; {together.in_words}",
        ),
        "chat_turns_per_s_postgres": _turns(quick, f"{bare_turns}; {plan.in_words}")
        if plan.database == "postgres"
        else unmeasured("turns/s", f"no PostgreSQL with Redis; {_pace(quick)} on {plan.in_words}"),
    }
    for name, (_, held) in limits.items():
        figures[f"{name}_200_lag_ms_p99"] = _lag(held, f"{plan.workers} processes")
    return figures


def _bare(name: str, plan: site.Plan, fake: upstream.Fake) -> tuple[Measured, Measured]:
    with site.bare(name, plan, fake.url) as served:
        warm(served, fake, "bare")
        return measure(served, replace(QUICK, face="bare"), fake), measure(served, replace(CROWD, face="bare"), fake)


def _beside(values: dict[str, float]) -> str:
    return ", ".join(f"{BARE[name]} {value:.0f}" for name, value in values.items())


def _lag(crowd: Measured, what: str) -> dict[str, object]:
    lags = "/".join(f"{percentile(crowd.lags_ms, p):.0f}" for p in (50, 95, 99))
    late = percentile(crowd.held_lags_ms, 99)
    held = f"{crowd.held_per_s:,.0f} tokens a second while all are spoken to, lag p99 {late:.0f} then"
    cores = crowd.cpu_us_per_token * crowd.held_per_s / 1e6
    detail = (
        f"{CROWD.chats} chats at 50 tokens a second; p50/95/99 {lags}; {held}; first token added p95 "
        f"{percentile(crowd.added_ms, 95):.0f}; {crowd.cpu_us_per_token:.0f} us CPU a token, {cores:.2f} cores; "
        f"{what}; {crowd.in_words}"
    )
    return entry(percentile(crowd.lags_ms, 99), "ms", detail)


def _pace(quick: Measured) -> str:
    return f"{quick.turns / quick.seconds:.0f} turns/s"


def _turns(quick: Measured, what: str) -> dict[str, object]:
    turn = quick.cpu_seconds / quick.turns * 1000
    detail = f"one token each, {QUICK.chats} chats; {turn:.1f} ms CPU a turn; {what}; {quick.in_words}"
    return entry(quick.turns / quick.seconds, "turns/s", detail)
