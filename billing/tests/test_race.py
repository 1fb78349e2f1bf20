"""C1–C4, C12 and W1 of the design: threads in several processes on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from companion_site.tests.require import need

ROOT = Path(__file__).resolve().parents[2]
LOCAL_POSTGRES = "postgres://postgres@127.0.0.1:5432/postgres"


@pytest.fixture(autouse=True)
def _the_books_are_true() -> None:
    """The race checks its own database, not the suite's."""


def run_race(database_url: str, folder: Path) -> dict[str, object]:
    env = {**os.environ, "DATABASE_URL": database_url, "VAR_DIR": str(folder), "CELERY_BROKER_URL": "memory://"}
    done = subprocess.run(
        [sys.executable, "-m", "billing.tests.race"],
        cwd=ROOT,
        env={**env, "SECRET_KEY": settings.SECRET_KEY, "LOG_LEVEL": "ERROR"},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def postgres_server() -> str:
    configured = os.environ.get("DATABASE_URL", "")
    url = configured if configured.startswith("postgres") else LOCAL_POSTGRES
    try:
        psycopg.connect(url, connect_timeout=3, autocommit=True).close()
    except psycopg.OperationalError:
        url = ""
    need(url, "no PostgreSQL answers at DATABASE_URL or on 127.0.0.1:5432")
    return url


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def race(request, tmp_path_factory) -> Iterator[dict[str, object]]:
    folder = tmp_path_factory.mktemp("race")
    if request.param == "sqlite":
        yield run_race(f"sqlite:///{folder / 'race.sqlite3'}", folder)
        return
    server = postgres_server()
    name = f"cardia_race_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield run_race(f"{server.rsplit('/', 1)[0]}/{name}", folder)
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_of_a_hundred_spends_exactly_those_succeed_that_the_coins_cover(race):
    assert race["c1"] == {"bought": 50, "denied": 50, "left": 0}


def test_one_key_fifty_times_is_one_debit_and_fifty_equal_answers(race):
    assert race["c2"] == {"answers": [50], "left": 490}


def test_one_key_for_two_things_buys_one_of_them(race):
    cheap_won = {"conflicts": 16, "kinds": 1, "debits": 1, "left": 490}
    dear_won = {**cheap_won, "left": 480}

    assert race["c3"] in (cheap_won, dear_won)


def test_two_devices_unlocking_the_same_thing_pay_once(race):
    assert race["c4"] == {"answers": [32], "debits": 1, "left": 490}


def test_creators_buying_from_each_other_do_not_wait_for_each_other_for_ever(race):
    assert race["c12"] == {"bought": 60, "left": [200, 200]}


def test_whoever_fulfils_an_order_first_the_coins_come_once(race):
    assert race["w1"] == {"answers": {"paid": 32}, "coins": 320}


def test_after_all_of_it_every_invariant_holds(race):
    assert race["breaches"] == {}
