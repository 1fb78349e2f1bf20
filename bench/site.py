"""A whole site for a benchmark: database, reply log, park, server processes; gone when it is done."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import psutil
import psycopg
from redis import Redis
from redis.exceptions import RedisError

Database = Literal["sqlite", "postgres"]
Log = Literal["memory", "redis"]
POSTGRES_URL = os.environ.get("BENCH_POSTGRES_URL", "postgres://127.0.0.1:5432/postgres")
REDIS_URL = os.environ.get("BENCH_REDIS_URL", "redis://127.0.0.1:6379")
ROOT = Path(__file__).resolve().parent.parent

_REST_SECONDS = 0.8
# Limits that are there for one fan or one address: here all come from one, and talk without a pause. Those of the
# process, its admission control above all, stay as they are.
_LIMITS = {
    "tokens_a_minute": 1_000_000_000,
    "tokens_at_once": 1_000_000_000,
    "streams_each": 100,
    "streams_an_address": 100_000,
}


class Missing(Exception):
    """What the benchmark needs is not on this machine."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to serve with. `depths` are lengths of the first conversations.

    `settings` are more environment variables, `limits` more of the chat's limits (`chat.limits`).
    """

    fans: int
    workers: int = 1
    database: Database = "sqlite"
    log: Log = "memory"
    depths: tuple[int, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict)

    @property
    def in_words(self) -> str:
        base = "SQLite" if self.database == "sqlite" else "PostgreSQL"
        log = "memory" if self.log == "memory" else "Redis"
        return f"{base}, {log} log, {self.workers} web process{'es' if self.workers > 1 else ''}"


@dataclass(frozen=True, slots=True)
class Site:
    """A running server: where it listens, its processes, its fans (as `bench.park` prints them)."""

    port: int
    pids: tuple[int, ...]
    rooms: list[dict[str, str]]

    def cpu_seconds(self) -> float:
        """Return what the server's processes have spent so far."""
        return cpu_seconds(self.pids)

    def rss_bytes(self) -> int:
        """Return the memory of the server's processes together."""
        return sum(psutil.Process(pid).memory_info().rss for pid in self.pids)


def cpu_seconds(pids: tuple[int, ...]) -> float:
    """Return the processor time of processes, user and system."""
    return sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in pids)


def yardstick_ms() -> float:
    """Return the CPU time of a fixed piece of work: on a busy machine the same work takes more of it."""
    began = time.process_time()
    total = 0
    for number in range(500_000):
        total += number & 7
    return (time.process_time() - began) * 1000


def best(fans: int) -> Plan:
    """Return the plan for many: two processes on PostgreSQL and Redis, or as near to it as this machine comes."""
    try:
        with _own_redis():
            pass
    except Missing:
        return Plan(fans)
    try:
        with _own_database():
            return Plan(fans, workers=2, database="postgres", log="redis")
    except Missing:
        return Plan(fans, workers=2, log="redis")


def busy_seconds() -> float:
    """Return what all cores of the machine have spent on anything so far."""
    times = psutil.cpu_times()
    return sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0)


@contextmanager
def running(plan: Plan, model_url: str) -> Iterator[Site]:
    """Serve a park of its own against the model at `model_url`. Raises `Missing`."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cardia-bench-")))
        database = f"sqlite:///{folder / 'bench.sqlite3'}"
        if plan.database == "postgres":
            database = stack.enter_context(_own_database())
        redis = stack.enter_context(_own_redis()) if plan.log == "redis" else ""
        env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "companion_site.settings",
            "SECRET_KEY": "only-for-the-bench-0123456789-0123456789-0123456789",
            "VAR_DIR": str(folder),
            "DATABASE_URL": database,
            "REDIS_URL": redis,
            "OPENAI_BASE_URL": model_url,
            "OPENAI_API_KEY": "bench",
            "CHAT_TURNS_PER_MINUTE": "100000",
            "CHAT_LIMITS": json.dumps({**_LIMITS, **plan.limits}),
            "EMAIL_URL": "dummymail://",
            "LOG_LEVEL": "WARNING",
            **plan.settings,
        }
        command = [sys.executable, "-m", "bench.park", str(plan.fans), "--depths", *map(str, plan.depths)]
        rooms = json.loads(subprocess.check_output(command, env=env, cwd=ROOT))
        subprocess.run(
            [sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"], env=env, check=True, cwd=ROOT
        )
        port, pids = stack.enter_context(_served(["companion_site.serving"], plan.workers, env))
        yield Site(port, pids, rooms)


@contextmanager
def bare(application: str, plan: Plan, model_url: str) -> Iterator[Site]:
    """Serve one of the bare servers: nobody signs in, nothing is stored."""
    env = {**os.environ, "OPENAI_BASE_URL": model_url}
    command = ["uvicorn", f"bench.{application}:application", "--host", "127.0.0.1", "--port", "{port}"]
    command += ["--ws", "none", "--no-access-log", "--no-server-header", "--log-level", "warning"]
    with _served(command, plan.workers, env) as (port, pids):
        yield Site(port, pids, [{} for _ in range(plan.fans)])


@contextmanager
def _served(command: list[str], workers: int, env: Mapping[str, str]) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Run a server; yield its port and the ids of the processes that serve."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    where = {"HOST": "127.0.0.1", "PORT": str(port), "WEB_CONCURRENCY": str(workers)}
    arguments = [part.format(port=port) for part in command]
    process = subprocess.Popen([sys.executable, "-m", *arguments], env={**env, **where}, cwd=ROOT)
    try:
        _wait_for(port, process)
        yield port, _servers(process.pid, workers)
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=20)
        if process.poll() is None:
            process.kill()
            process.wait()


def _servers(pid: int, workers: int) -> tuple[int, ...]:
    """Return the processes that serve: the one, or the children of a supervisor, when all have come to rest."""
    if workers == 1:
        return (pid,)
    # The supervisor listens before its children have loaded anything: they are ready when they have nothing to do.
    deadline = time.monotonic() + 60
    spent = 0.0
    while time.monotonic() < deadline:
        time.sleep(_REST_SECONDS)
        children = psutil.Process(pid).children()
        found = tuple(child.pid for child in children if "resource_tracker" not in " ".join(child.cmdline()))
        before, spent = spent, cpu_seconds(found)
        if len(found) == workers and spent > _REST_SECONDS * workers / 4 and spent - before < _REST_SECONDS / 20:
            return found
    raise RuntimeError("not every server process started")


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server did not start")


@contextmanager
def _own_database() -> Iterator[str]:
    name = f"cardia_bench_{secrets.token_hex(4)}"
    try:
        with psycopg.connect(POSTGRES_URL, autocommit=True, connect_timeout=3) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
    except psycopg.OperationalError as exc:
        raise Missing("no PostgreSQL") from exc
    try:
        yield f"{POSTGRES_URL.rsplit('/', 1)[0]}/{name}"
    finally:
        with psycopg.connect(POSTGRES_URL, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def _own_redis() -> Iterator[str]:
    """Lend one of the server's numbered databases that is empty; it is empty again afterwards."""
    for number in range(15, 0, -1):
        url = f"{REDIS_URL}/{number}"
        try:
            with Redis.from_url(url, socket_connect_timeout=3) as redis:
                if redis.dbsize():
                    continue
                redis.set("cardia-bench", os.getpid(), ex=3600)
        except (RedisError, OSError) as exc:
            raise Missing("no Redis") from exc
        try:
            yield url
        finally:
            with Redis.from_url(url) as redis:
                redis.flushdb()
        return
    raise Missing("no empty Redis database")
