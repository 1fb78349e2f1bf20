"""Which site a load runs on, where this machine has not everything."""

from __future__ import annotations

import os
import subprocess
import sys

from bench.figures import unmeasured
from bench.site import ROOT, Plan

NOWHERE = {"BENCH_REDIS_URL": "redis://127.0.0.1:1", "BENCH_POSTGRES_URL": "postgres://127.0.0.1:1/postgres"}


def best_with(**environ: str) -> str:
    code = "from bench import site; print(site.best(3).in_words)"
    return subprocess.check_output([sys.executable, "-c", code], env={**os.environ, **environ}, cwd=ROOT, text=True)


def test_a_bare_machine_serves_with_what_it_has():
    assert best_with(**NOWHERE) == "SQLite, memory log, 1 web process\n"


def test_a_plan_says_what_it_is():
    plan = Plan(3, workers=2, database="postgres", log="redis")

    assert plan.in_words == "PostgreSQL, Redis log, 2 web processes"


def test_a_figure_that_cannot_be_had_says_so():
    assert unmeasured("turns/s", "no PostgreSQL") == {
        "value": None,
        "unit": "turns/s",
        "detail": "not measured: no PostgreSQL",
    }
