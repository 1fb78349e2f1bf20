"""F2: a worker, killed in mid-task: the task is run again when its lease is over, and has one effect."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from datetime import timedelta

import psutil
import pytest
from django.conf import settings
from django.utils import timezone

from companion_site.core import outbox
from companion_site.core.models import OutboxTask

PROMISE = """
import django; django.setup()
import sys
from companion_site.core import outbox
outbox.promise("tests.slow_mark", sys.argv[1])
"""
LEASE_IS_OVER = """
import django; django.setup()
from datetime import timedelta
from companion_site.core import outbox
from companion_site.core.models import OutboxTask
row = OutboxTask.objects.get()
print(row.sent_at, row.attempts)
OutboxTask.objects.update(created_at=row.created_at - outbox.LEASE - outbox.GRACE - timedelta(seconds=60))
print(outbox.relay())
"""
LEFT = """
import django; django.setup()
from companion_site.core.models import OutboxTask
print(OutboxTask.objects.count())
"""


@pytest.fixture
def environ(tmp_path):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COV_")}
    made = {
        **kept,
        "VAR_DIR": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'worker.sqlite3'}",
        "CELERY_BROKER_URL": "filesystem://localhost//",
        "REDIS_URL": "",
        "SECRET_KEY": settings.SECRET_KEY,
        "PYTHONWARNINGS": "ignore",
    }
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=settings.BASE_DIR, env=made, check=True)
    return made


def run(code: str, environ: dict[str, str], *arguments: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=settings.BASE_DIR, env=environ, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@contextmanager
def worker(environ):
    """Run a worker as the Procfile does; kill it and its pool at the end."""
    command = [
        "-m",
        "celery",
        "--quiet",
        "-A",
        "companion_site.celery",
        "worker",
        "-I",
        "companion_site.tests.slow_tasks",
    ]
    process = subprocess.Popen(
        [sys.executable, *command, "--pool", "prefork", "--concurrency", "1", "--loglevel", "ERROR"],
        cwd=settings.BASE_DIR,
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        family = [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]
        for member in reversed(family):
            with suppress(psutil.NoSuchProcess):
                member.kill()
        process.wait()


def wait_for(path, lines: int) -> None:
    deadline = time.monotonic() + 90
    while not path.exists() or len(path.read_text().splitlines()) < lines:
        assert time.monotonic() < deadline, f"{path.name} never had {lines} lines"
        time.sleep(0.1)


@pytest.mark.up
def test_f2_a_killed_workers_task_is_run_again_and_has_one_effect(tmp_path, environ):
    run(PROMISE, environ, str(tmp_path))
    with worker(environ):
        wait_for(tmp_path / "begun", 1)

    state = run(LEASE_IS_OVER, environ)
    with worker(environ):
        wait_for(tmp_path / "effects", 1)
        wait_until_forgotten(environ)

    assert state == ["None", "1", "1"]
    assert len(set((tmp_path / "begun").read_text().split())) == 2
    assert (tmp_path / "effects").read_text() == "done\n"


def wait_until_forgotten(environ) -> None:
    deadline = time.monotonic() + 60
    while run(LEFT, environ) != ["0"]:
        assert time.monotonic() < deadline, "the promise was kept and not forgotten"


# --- the outbox, step by step ---------------------------------------------------------


@pytest.fixture
def promised(db) -> OutboxTask:
    row = OutboxTask.objects.create(name="tests.slow_mark", args=["x"])
    outbox.publish(row)
    return row


def test_a_task_in_hand_is_due_again_only_when_its_lease_is_over(promised):
    outbox.begun(f"outbox-{promised.pk}")

    assert outbox.relay() == 0
    OutboxTask.objects.update(created_at=timezone.now() - outbox.GRACE - timedelta(seconds=1))
    assert outbox.relay() == 1


def test_a_task_that_waits_in_the_queue_is_not_sent_twice(promised):
    OutboxTask.objects.update(created_at=timezone.now() - timedelta(hours=1))

    assert outbox.relay() == 0


def test_what_is_done_is_forgotten_and_what_failed_is_kept(promised):
    other = OutboxTask.objects.create(name="tests.slow_mark", args=["y"])
    for row in (promised, other):
        outbox.begun(f"outbox-{row.pk}")

    outbox.ended(f"outbox-{promised.pk}", well=True)
    outbox.ended(f"outbox-{other.pk}", well=False)

    (left,) = OutboxTask.objects.all()
    assert (left.pk, left.sent_at is None) == (other.pk, False)


def test_f39_a_task_that_kills_every_worker_is_given_up(promised):
    OutboxTask.objects.update(sent_at=None, attempts=5, created_at=timezone.now() - timedelta(hours=1))

    assert outbox.relay() == 0
    assert OutboxTask.objects.get().sent_at is not None


@pytest.mark.parametrize("task_id", ["", "outbox-", "outbox-x", "6f1c", "outbox-999999"])
def test_tasks_nobody_promised_are_no_concern_of_the_outbox(promised, task_id):
    outbox.begun(task_id)
    outbox.ended(task_id, well=True)

    assert OutboxTask.objects.get().sent_at is not None
