"""F15 and F16: threads in several processes that send at once, on SQLite and on PostgreSQL."""

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

from companion_site.tests.services import postgres_url

AT_ONCE = 24

pytestmark = pytest.mark.up


def _run(database_url: str, folder: Path) -> dict[str, dict[str, object]]:
    env = {**os.environ, "DATABASE_URL": database_url, "VAR_DIR": str(folder), "CELERY_BROKER_URL": "memory://"}
    done = subprocess.run(
        [sys.executable, "-m", "chat.tests.race"],
        cwd=settings.BASE_DIR,
        env={**env, "SECRET_KEY": settings.SECRET_KEY, "LOG_LEVEL": "ERROR"},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def race(request, tmp_path_factory) -> Iterator[dict[str, dict[str, object]]]:
    folder = tmp_path_factory.mktemp("race")
    if request.param == "sqlite":
        yield _run(f"sqlite:///{folder / 'race.sqlite3'}", folder)
        return
    server = postgres_url()
    name = f"cardia_chat_race_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server.replace("postgres://", "postgresql://", 1), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield _run(f"{server.rsplit('/', 1)[0]}/{name}", folder)
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_f15_of_two_tabs_that_send_at_once_one_wins_and_the_others_are_told(race):
    assert race["f15"] == {
        "accepted": [1],
        "refused": AT_ONCE - 1,
        "said": 1,
        "running": 1,
        "turns": 1,
        "head_is_reply": True,
    }


def test_f16_the_same_message_sent_many_times_is_one_message_and_one_reply(race):
    assert race["f16"] == {"answers": [AT_ONCE], "said": 1, "running": 1, "turns": 1, "head_is_reply": True}


def test_of_many_swipes_asked_for_at_once_one_is_drawn(race):
    assert race["swipes"] == {
        "accepted": [1],
        "refused": AT_ONCE - 1,
        "said": 1,
        "running": 1,
        "turns": 1,
        "head_is_reply": True,
    }


def test_a_tree_that_many_tabs_move_at_once_stays_a_tree(race):
    assert race["tree"] == {
        "told_else": [],
        "head_lives": True,
        "living_on_deleted": 0,
        "running_too_many": 0,
        "places_shared": 0,
    }
