"""What must stand before the doors open: database, demo park, messages, static files. Each step may be run again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from accounts.models import User
from companion_site.management import catalogues
from companion_site.management.commands.seed_demo import MARKER
from companion_site.providers.embedded.catalogue import needed_files
from companion_site.providers.embedded.fetch import FetchFailed, fetch
from companion_site.providers.ollama import ollama_model
from companion_site.providers.select import EMBEDDED, REMOTE, describe


class NotReady(Exception):
    """A step cannot be done; the message says what to do."""


def other_model() -> str:
    """Return which model of the user's answers in place of the embedded one, or ""; asks Ollama, so it may wait."""
    backends = {alias: row.get("BACKEND", REMOTE) for alias, row in settings.CHAT_MODELS.items()}
    if EMBEDDED in backends.values():
        return ""
    if settings.OPENAI_BASE_URL or settings.OPENAI_API_KEY or backends["default"] == REMOTE:
        return describe()
    found = ollama_model()
    return f"{found} · Ollama" if found else ""


def fetch_models(out: TextIO) -> None:
    """Install the embedded model's files; without them the park opens all the same."""
    for file in needed_files():
        try:
            fetch(file, out)
        except FetchFailed as exc:
            out.write(f"! {exc}\n! Until then the characters have only their own short lines.\n")


def pending_migrations() -> list[str]:
    """Return the migrations still to run; raise `NotReady` when the database cannot be reached."""
    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except OperationalError as exc:
        raise NotReady(f"The database does not answer: {exc}. Check DATABASE_URL in .env.") from exc
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def migrate(out: TextIO) -> None:
    """Bring the database up to date."""
    if pending_migrations():
        out.write("  Setting up the database\n")
        call_command("migrate", interactive=False, verbosity=0, stdout=out)


def seed(out: TextIO) -> None:
    """Fill an empty park, once."""
    if not User.objects.filter(email=MARKER).exists():
        out.write("  Filling the park\n")
        call_command("seed_demo", stdout=out)


def stale_messages() -> list[str]:
    """Return the locales whose compiled catalogue is missing or older than its source."""
    stale = []
    for locale in catalogues.LOCALES:
        source = catalogues.po_path(settings.BASE_DIR, locale)
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
            stale.append(locale)
    return stale


def compile_messages(out: TextIO) -> None:
    """Compile the catalogues that are older than their sources."""
    written = [locale for locale in catalogues.LOCALES if catalogues.compile_locale(settings.BASE_DIR, locale)]
    if written:
        out.write(f"  Compiled the messages of {', '.join(written)}\n")


def static_stamp() -> Path:
    return Path(settings.VAR_DIR) / "static.stamp"


def static_digest() -> str:
    """Return a digest of every static source (name, size, time) and of where and how they are collected."""
    digest = hashlib.sha256(json.dumps([str(settings.STATIC_ROOT), settings.STORAGES["staticfiles"]]).encode())
    for path, name in sorted(_static_sources(), key=lambda found: found[1]):
        stat = path.stat()
        digest.update(f"{name}|{stat.st_size}|{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _static_sources() -> Iterator[tuple[Path, str]]:
    for finder in get_finders():
        for name, storage in finder.list([]):
            yield Path(storage.path(name)), name


def manifest_path() -> Path:
    return Path(settings.STATIC_ROOT) / "staticfiles.json"


def is_static_stamped() -> bool:
    """Say whether `collect_static` has seen just these sources."""
    stamp = static_stamp()
    return manifest_path().exists() and stamp.exists() and stamp.read_text() == static_digest()


def is_static_current() -> bool:
    """Say whether the collected files are up to date, whoever collected them."""
    if is_static_stamped():
        return True
    if not manifest_path().exists():
        return False
    collected = manifest_path().stat().st_mtime
    return all(path.stat().st_mtime <= collected for path, _ in _static_sources())


def collect_static(out: TextIO) -> None:
    """Collect, hash and compress the static files if any has changed."""
    if is_static_stamped():
        return
    out.write("  Collecting static files\n")
    digest = static_digest()
    static_stamp().unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0, stdout=out)
    static_stamp().write_text(digest)


STEPS: tuple[Callable[[TextIO], None], ...] = (migrate, seed, compile_messages, collect_static)
