"""What the chat adds to a model's answer on the default installation: time to the first word, CPU, turns a second.

One web process on SQLite, as `make up` starts it: real sessions, CSRF, entitlements, guard, prompt assembly and
store, against the fake upstream (first token after 20 ms, then 50 tokens 20 ms apart). The time counts from the
moment the fan's message leaves to the first words in the event stream, without the upstream's own part. Two servers
that do nothing but pass the bytes on get the same loads: what they need is the limit.
"""

from __future__ import annotations

from bench import site, upstream
from bench.figures import Figures, entry, percentile
from bench.load import Load, Measured, measure, warm

TOGETHER = 64
PLAN = site.Plan(TOGETHER)
SHORT = upstream.Script(tokens=10)
ALONE = Load(1, 60, SHORT)
ALONE_BY_API = Load(1, 40, SHORT, "api")
CROWD = Load(TOGETHER, 6)
QUICK = Load(32, 25, upstream.Script(tokens=1))
BARE = {"bare_django": "a bare Django view", "bare_starlette": "a bare Starlette view"}


def run() -> Figures:
    """Measure; return the entries of `bench/results.json`."""
    figures: Figures = {}
    with upstream.process() as fake:
        limits = {name: _bare(name, fake) for name in BARE}
        with site.running(PLAN, fake.url) as served:
            warm(served, fake)
            alone = measure(served, ALONE, fake)
            by_api = measure(served, ALONE_BY_API, fake)
            together = measure(served, CROWD, fake)
            quick = measure(served, QUICK, fake)
    for name, (bare_alone, bare_together, bare_quick) in limits.items():
        figures |= {
            f"{name}_added_ttft_ms_1_p50": _first(bare_alone, 50, BARE[name]),
            f"{name}_added_ttft_ms_64_p95": _first(bare_together, 95, BARE[name]),
            f"{name}_cpu_us_per_token": _cpu(bare_together, BARE[name]),
            f"{name}_turns_per_s": _turns(bare_quick, BARE[name]),
        }
    api = f"page; over the API {percentile(by_api.added_ms, 50):.1f}; {_limits(figures, 'added_ttft_ms_1_p50')}"
    whole = f"whole turns of {CROWD.script.tokens} tokens; {_limits(figures, 'cpu_us_per_token')}"
    return figures | {
        "chat_added_ttft_ms_1_p50": _first(alone, 50, api),
        "chat_added_ttft_ms_64_p95": _first(together, 95, _limits(figures, "added_ttft_ms_64_p95")),
        "chat_cpu_us_per_token": _cpu(together, whole),
        "chat_turns_per_s_sqlite": _turns(quick, _limits(figures, "turns_per_s")),
        "web_rss_mb": entry(quick.rss_bytes / 2**20, "MB", f"web process after all this; {PLAN.in_words}"),
    }


def _bare(name: str, fake: upstream.Fake) -> tuple[Measured, Measured, Measured]:
    with site.bare(name, PLAN, fake.url) as served:
        warm(served, fake, "bare")
        alone, together, quick = (
            measure(served, Load(load.chats, load.turns, load.script, "bare"), fake) for load in (ALONE, CROWD, QUICK)
        )
        return alone, together, quick


def _limits(figures: Figures, name: str) -> str:
    return ", ".join(f"{words} {figures[f'{bare}_{name}']['value']}" for bare, words in BARE.items())


def _first(measured: Measured, percent: int, what: str) -> dict[str, object]:
    spread = "/".join(f"{percentile(measured.added_ms, p):.1f}" for p in (50, 95, 99))
    return entry(percentile(measured.added_ms, percent), "ms", f"{what}; p50/95/99 {spread}; {measured.in_words}")


def _cpu(measured: Measured, what: str) -> dict[str, object]:
    turn = measured.cpu_seconds / measured.turns * 1000
    return entry(measured.cpu_us_per_token, "us", f"{what}; {turn:.1f} ms a turn; {measured.in_words}")


def _turns(measured: Measured, what: str) -> dict[str, object]:
    turn = measured.cpu_seconds / measured.turns * 1000
    detail = f"one token each, {QUICK.chats} chats; {turn:.1f} ms CPU a turn; {what}; {measured.in_words}"
    return entry(measured.turns / measured.seconds, "turns/s", detail)
