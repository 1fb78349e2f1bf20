"""Looks an installation over: each check says what it found and, where something is wrong, what to do."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import httpx2
import redis
from celery import current_app
from django.conf import settings
from django.core.checks import run_checks
from kombu.exceptions import OperationalError

from companion_site.management import prepare
from companion_site.management.running import Running, running
from companion_site.providers import chat_models
from companion_site.providers.embedded.catalogue import is_verified, needed_files
from companion_site.providers.health import Trouble, troubles

CHROMIUM = Path("/usr/bin/chromium")
CJK_FONTS = Path("/usr/share/fonts/opentype/noto")
SECRET_CHARS = 50


class Level(Enum):
    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing found: what was looked at, how it is, and what to do about it."""

    level: Level
    subject: str
    state: str
    advice: str = ""


def _sign(is_fine: object, subject: str, fine: str, wrong: str, advice: str, *, level: Level = Level.PROBLEM) -> Sign:
    return Sign(Level.OK, subject, fine) if is_fine else Sign(level, subject, wrong, advice)


def python() -> Iterator[Sign]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield _sign(
        sys.version_info >= (3, 11), "Python", version, f"{version} is too old", "Install Python 3.11 or newer."
    )


def environment() -> Iterator[Sign]:
    """The local `.env` (where there is one) and its secret."""
    path = Path(settings.BASE_DIR) / ".env"
    if path.exists():
        is_private = not stat.S_IMODE(path.stat().st_mode) & 0o077
        yield _sign(is_private, ".env", "readable by you alone", "readable by others", f"Run: chmod 600 {path}")
    else:
        yield Sign(Level.OK, ".env", "none: everything comes from the environment")
    is_strong = len(settings.SECRET_KEY) >= SECRET_CHARS and len(set(settings.SECRET_KEY)) > 5
    advice = "Remove the line SECRET_KEY from .env and run `make up`: it writes a random one."
    yield _sign(is_strong, "SECRET_KEY", "long and random", "short or guessable", advice)


def database() -> Iterator[Sign]:
    try:
        pending = prepare.pending_migrations()
    except prepare.NotReady as exc:
        yield Sign(Level.PROBLEM, "Database", str(exc), "Start it, or correct DATABASE_URL.")
        return
    wrong = f"{len(pending)} migrations are not applied ({', '.join(pending[:3])} …)"
    yield _sign(not pending, "Database", "answers, up to date", wrong, "Run `make up`, or `manage.py migrate`.")


def folders() -> Iterator[Sign]:
    for name in ("VAR_DIR", "MEDIA_ROOT", "STATIC_ROOT", "MODEL_CACHE_DIR"):
        path = Path(getattr(settings, name))
        nearest = next(p for p in (path, *path.parents) if p.exists())
        is_writable = nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)
        advice = f"Give yourself the right (chown), or set {name} to another folder."
        yield _sign(is_writable, name, f"{path} is writable", f"{nearest} is no folder one can write to", advice)


def services(open_park: Running | None) -> Iterator[Sign]:
    """Queue, cache and worker."""
    try:
        with current_app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, timeout=3)
        yield Sign(Level.OK, "Broker", settings.CELERY_BROKER_URL.split("@")[-1])
    except (OperationalError, OSError) as exc:
        yield Sign(Level.PROBLEM, "Broker", f"does not answer: {exc}", "Start it, or correct CELERY_BROKER_URL.")
        return
    if settings.REDIS_URL:
        try:
            redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=3).ping()
            yield Sign(Level.OK, "Redis", "answers")
        except redis.RedisError as exc:
            yield Sign(Level.PROBLEM, "Redis", f"does not answer: {exc}", "Start it, or correct REDIS_URL.")
    elif int(os.environ.get("WEB_CONCURRENCY") or 1) > 1:
        advice = "Set REDIS_URL: several web processes share their cache and reply log through it."
        yield Sign(Level.PROBLEM, "Redis", "not configured, but WEB_CONCURRENCY asks for several processes", advice)
    if open_park:
        has_worker = bool(current_app.control.inspect(timeout=3).ping())
        yield _sign(has_worker, "Worker", "answers", "does not answer", "Look at its lines in `make up`.")


def model(open_park: Running | None) -> Iterator[Sign]:
    """Who answers the fans, and whether it can."""
    if other := prepare.other_model():
        yield Sign(Level.OK, "Chat model", f"{other} answers in place of the embedded one")
        if settings.OPENAI_BASE_URL:
            advice = "Start it, or correct OPENAI_BASE_URL."
            yield _sign(_listens(settings.OPENAI_BASE_URL), "Its server", "answers", "cannot be reached", advice)
        return
    for file in needed_files():
        advice = "Run `make up`, or `manage.py fetch_models`."
        yield _sign(is_verified(file), file.title, "installed", f"not in {file.path.parent}", advice)
    yield Sign(Level.OK, "Chat model", "the embedded model answers")
    if open_park and open_park.model_health_url:
        is_well = _answers(open_park.model_health_url)
        advice = "Look at its lines in `make up`; `make up` again starts it anew."
        yield _sign(is_well, "Model server", "answers", "does not answer", advice)


def aliases() -> Iterator[Sign]:
    """Every model behind an alias: whether it is in order, whether its server is there, whether it is left in peace."""
    for fault in run_checks(tags=["models"]):
        yield Sign(Level.PROBLEM, "Chat models", fault.msg, "See docs/reference/models.md.")
        return
    resting = {trouble.alias: trouble for trouble in troubles()}
    for alias in chat_models.aliases():
        chosen = chat_models[alias]
        url = getattr(chosen, "base_url", "")
        advice = f"Start it, or correct CHAT_MODELS[{alias!r}]."
        if alias in resting:
            yield _resting(resting[alias], chosen.name)
        elif url:
            yield _sign(_listens(url), f"Model {alias}", f"{chosen.name} answers", f"{url} cannot be reached", advice)
        elif alias != "default":
            yield Sign(Level.OK, f"Model {alias}", chosen.name)


def _resting(trouble: Trouble, name: str) -> Sign:
    seconds = max(0, round(time.time() - trouble.since))
    state = f"{name} is left in peace after many failures ({trouble.reason}), {seconds} seconds ago"
    return Sign(Level.PROBLEM, f"Model {trouble.alias}", state, "It is asked again by itself; look at its log.")


def _answers(url: str) -> bool:
    try:
        return bool(httpx2.get(url, timeout=3.0, trust_env=False).is_success)
    except httpx2.HTTPError:
        return False


def _listens(url: str) -> bool:
    """Say whether anybody answers there, with whatever status."""
    try:
        httpx2.get(url, timeout=5.0)
    except httpx2.HTTPError:
        return False
    return True


def files() -> Iterator[Sign]:
    """What is made from the sources."""
    stale = prepare.stale_messages()
    yield _sign(not stale, "Messages", "compiled", f"not compiled: {', '.join(stale)}", "Run `make up`.")
    yield _sign(prepare.is_static_current(), "Static files", "collected", "not collected or outdated", "Run `make up`.")


def browser() -> Iterator[Sign]:
    """What only the browser tests need."""
    has_chromium = CHROMIUM.exists() or shutil.which("chromium")
    advice = "Only the browser tests need it: apt install chromium"
    yield _sign(has_chromium, "Chromium", "installed", "not installed", advice, level=Level.NOTE)
    has_fonts = any(CJK_FONTS.glob("NotoSansCJK*"))
    advice = "Only the browser tests need them: apt install fonts-noto-cjk"
    yield _sign(has_fonts, "Chinese fonts", "installed", "not installed", advice, level=Level.NOTE)


def look_over() -> Iterator[Sign]:
    """Yield every sign, the most basic first."""
    open_park = running(Path(settings.VAR_DIR))
    checks: tuple[Callable[[], Iterator[Sign]], ...] = (
        python,
        environment,
        folders,
        database,
        lambda: services(open_park),
        lambda: model(open_park),
        aliases,
        files,
        browser,
    )
    for check in checks:
        yield from check()
    state = f"open at {open_park.url}" if open_park else "closed"
    yield Sign(Level.OK, "Park", state, "" if open_park else "`make up` opens it.")
