"""Runs the embedded model server; waits for its file, leaves on SIGTERM, SIGINT or with its parent."""

from __future__ import annotations

import logging
import os
import signal
import threading

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from companion_site.providers.embedded.catalogue import ModelFile, chat_model_file, is_verified
from companion_site.providers.embedded.server import Address, RuntimeMissing, find_openmp, serve

logger = logging.getLogger(__name__)

WAIT_SECONDS = 1.0
REMIND_EVERY = 60


class Command(BaseCommand):
    help = "Answer chat prompts on MODEL_SERVER_PORT with the embedded model."
    requires_system_checks: list[str] = []

    def handle(self, *args: object, **options: object) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        find_openmp()
        file = chat_model_file()
        if not _wait_for(file, stop):
            return
        try:
            serve(file.path, Address(settings.MODEL_SERVER_HOST, settings.MODEL_SERVER_PORT), stop)
        except RuntimeMissing as exc:
            # The park is worth opening without it; leaving would take every other process along.
            logger.error("%s", exc)
            stop.wait()
        except OSError as exc:
            raise CommandError(f"{exc}. Is another one running? Choose a free MODEL_SERVER_PORT.") from exc


def _wait_for(file: ModelFile, stop: threading.Event) -> bool:
    waited = 0
    parent = os.getppid()
    while not is_verified(file):
        if waited % REMIND_EVERY == 0:
            logger.warning("%s is not in %s: run `manage.py fetch_models`; waiting", file.name, file.path.parent)
        waited += 1
        if stop.wait(WAIT_SECONDS) or os.getppid() != parent:
            return False
    return True
