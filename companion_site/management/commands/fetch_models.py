"""Installs the model files of `fixtures/models.yaml`."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import TextIO

from django.core.management.base import BaseCommand, CommandError

from companion_site.providers.embedded.catalogue import needed_files
from companion_site.providers.embedded.fetch import FetchFailed, fetch


class Command(BaseCommand):
    help = "Fetch the embedded models: checked, resumed where it stopped, nothing to do the second time."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("names", nargs="*", help="only these files")

    def handle(self, *args: object, names: list[str], **options: object) -> None:
        # Django's wrapper ends every write with a newline, which no progress bar survives.
        out: TextIO = options.get("stdout") or sys.stdout  # type: ignore[assignment]
        files = [file for file in needed_files() if not names or file.name in names]
        if not files:
            known = ", ".join(file.name for file in needed_files())
            raise CommandError(f"No such file in the catalogue, or not needed here. There are: {known}")
        for file in files:
            try:
                is_new = fetch(file, out)
            except FetchFailed as exc:
                raise CommandError(str(exc)) from exc
            self.stdout.write(f"{file.title}: {'installed in' if is_new else 'is in'} {file.path.parent}")
