"""Finds the PostgreSQL and Redis that tests may use: named by the environment, or the local defaults that answer."""

from __future__ import annotations

import os
import sys

import psycopg
import redis

from companion_site.tests.require import need

POSTGRES_DEFAULTS = tuple(
    f"postgres://{user}@127.0.0.1:5432/{name}"
    for user, name in (("root", "test"), ("postgres", "test"), ("root", "postgres"), ("postgres", "postgres"))
)
REDIS_DEFAULT = "redis://127.0.0.1:6379/9"


def _first_postgres() -> str:
    named = os.environ.get("TEST_POSTGRES_URL") or os.environ.get("DATABASE_URL", "")
    candidates = [named] if named.startswith("postgres") else [*POSTGRES_DEFAULTS]
    for url in candidates:
        try:
            psycopg.connect(url.replace("postgres://", "postgresql://", 1), connect_timeout=2).close()
        except psycopg.OperationalError:
            continue
        return url
    return ""


def postgres_url() -> str:
    """Return the URL of a PostgreSQL where tests may create databases; skip (or fail, see `need`) without one."""
    url = _first_postgres()
    need(url, "no PostgreSQL answers: set TEST_POSTGRES_URL, or start one on 127.0.0.1:5432")
    return url


def redis_url() -> str:
    """Return the URL of a Redis whose database tests may fill and flush; skip (or fail, see `need`) without one."""
    url = os.environ.get("TEST_REDIS_URL") or os.environ.get("REDIS_URL") or REDIS_DEFAULT
    try:
        client = redis.Redis.from_url(url, socket_connect_timeout=2)
        client.ping()
        client.close()
    except redis.RedisError:
        url = ""
    need(url, "no Redis answers: set TEST_REDIS_URL, or start one on 127.0.0.1:6379")
    return url


if __name__ == "__main__":
    found = _first_postgres()
    if not found:
        sys.exit("No PostgreSQL answers: set TEST_POSTGRES_URL, or start one on 127.0.0.1:5432.")
    sys.stdout.write(f"{found}\n")
