"""Checks this installation and says what to do about each problem; exit status 1 when there is one."""

from __future__ import annotations

import logging

from django.core.management.base import BaseCommand

from companion_site.management.checkup import Level, look_over

MARKS = {Level.OK: "✓", Level.NOTE: "·", Level.PROBLEM: "✗"}


class Command(BaseCommand):
    help = "Check the installation: settings, database, queue, models, files."
    requires_system_checks: list[str] = []

    def handle(self, *args: object, **options: object) -> None:
        # A library's log line about a broker that is away only repeats what the check says.
        logging.disable(logging.CRITICAL)
        styles = {Level.OK: self.style.SUCCESS, Level.NOTE: self.style.WARNING, Level.PROBLEM: self.style.ERROR}
        problems = 0
        for sign in look_over():
            problems += sign.level is Level.PROBLEM
            mark = styles[sign.level](MARKS[sign.level])
            self.stdout.write(f"{mark} {sign.subject}: {sign.state}")
            if sign.advice:
                self.stdout.write(f"    {sign.advice}")
        if problems:
            self.stderr.write(f"{problems} {'problem' if problems == 1 else 'problems'}.")
            raise SystemExit(1)
        self.stdout.write("All is well.")
