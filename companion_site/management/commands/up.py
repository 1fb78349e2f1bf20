"""Opens the park: prepares what is missing and runs every process until Ctrl-C."""

from __future__ import annotations

import os
import signal
import sys
import threading
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from companion_site.core.ports import free_port
from companion_site.management import prepare
from companion_site.management.banner import Doors, announce
from companion_site.management.processes import Processes, commands
from companion_site.management.running import AlreadyRunning, Running, hold
from companion_site.providers.embedded.catalogue import chat_model_file, is_verified
from companion_site.providers.select import describe

MODEL_PROCESS = "model"


class Command(BaseCommand):
    help = "Fetch the models, set up the database and the demo park, then run web, worker, beat and model server."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--prepare", action="store_true", help="only prepare, start nothing")

    def handle(self, *args: object, **options: object) -> None:
        # Until honcho takes over, SIGTERM ends the preparation as Ctrl-C does: downloads stop, locks open.
        signal.signal(signal.SIGTERM, _leave)
        out: TextIO = options.get("stdout") or sys.stdout  # type: ignore[assignment]
        try:
            with hold(Path(settings.VAR_DIR)) as tell:
                tell(Running(os.getpid()))
                status = 0 if _prepare(out) and options["prepare"] else _open(out, tell)
        except AlreadyRunning as exc:
            raise CommandError(f"{exc} Press Ctrl-C there first.") from exc
        except (prepare.NotReady, OSError) as exc:
            raise CommandError(str(exc)) from exc
        except KeyboardInterrupt:
            raise SystemExit(130) from None
        if status:
            raise SystemExit(status)


def _leave(*_: object) -> None:
    raise SystemExit(143)


def _prepare(out: TextIO) -> bool:
    if not prepare.other_model():
        prepare.fetch_models(out)
    for step in prepare.STEPS:
        step(out)
    return True


def _open(out: TextIO, tell: Callable[[Running], None]) -> int:
    addresses = _addresses(out)
    to_run = commands(settings.BASE_DIR / "Procfile")
    health = ""
    if not prepare.other_model():
        health = f"http://127.0.0.1:{addresses.model_port}/health"
    elif not is_verified(chat_model_file()):
        del to_run[MODEL_PROCESS]
    tell(Running(os.getpid(), addresses.url, health))
    doors = Doors(addresses.url, settings.DEMO_PASSWORD, describe, health)
    return _run(to_run, addresses.environ(), doors, out)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where this start listens."""

    host: str
    port: int
    model_port: int

    @property
    def url(self) -> str:
        """The site's address for a browser on this machine."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def environ(self) -> dict[str, str]:
        """Return the environment of every child."""
        return {
            **os.environ,
            "HOST": self.host,
            "PORT": str(self.port),
            "MODEL_SERVER_PORT": str(self.model_port),
            "SITE_URL": os.environ.get("SITE_URL") or self.url,
            # Somebody waits at the terminal.
            "CHAT_DRAIN_SECONDS": os.environ.get("CHAT_DRAIN_SECONDS") or "5",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "PYTHONUNBUFFERED": "1",
            # In a container everybody is root; the worker need not complain about it at every start.
            "PYTHONWARNINGS": os.environ.get("PYTHONWARNINGS", "ignore:You're running the worker with superuser"),
        }


def _addresses(out: TextIO) -> Addresses:
    host = os.environ.get("HOST") or "127.0.0.1"
    wanted = os.environ.get("PORT") or "8000"
    if not wanted.isdecimal() or not 0 < int(wanted) < 65536:
        raise prepare.NotReady(f"PORT is {wanted!r}: set it to a number from 1 to 65535.")
    port = free_port(host, int(wanted))
    if port != int(wanted):
        out.write(f"  Port {wanted} is taken, using {port}\n")
    return Addresses(host, port, free_port(settings.MODEL_SERVER_HOST, settings.MODEL_SERVER_PORT, taken={port}))


def _run(to_run: dict[str, str], environ: dict[str, str], doors: Doors, out: TextIO) -> int:
    over = threading.Event()

    def on_start() -> None:
        threading.Thread(target=announce, args=(doors, out), kwargs={"is_over": over.is_set}, daemon=True).start()

    processes = Processes(on_start)
    for name, command in to_run.items():
        processes.add(name, command, environ, settings.BASE_DIR)
    try:
        return processes.run()
    finally:
        over.set()
