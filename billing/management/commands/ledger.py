"""`manage.py ledger verify`: asks the ledger every invariant and says one line each."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from billing.invariants import INVARIANTS

SHOWN = 5


class Command(BaseCommand):
    help = "Checks that the ledger is true. Exit status 1 when anything is not."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["verify"])

    def handle(self, *args: Any, **options: Any) -> None:
        broken = 0
        for invariant in INVARIANTS:
            breaches = invariant.breaches()
            state = f"BROKEN in {len(breaches)} rows" if breaches else "ok"
            self.stdout.write(f"{invariant.id:<5} {state:<8} {invariant.statement}")
            for breach in breaches[:SHOWN]:
                self.stdout.write(f"      {breach}")
            broken += bool(breaches)
        if broken:
            raise CommandError(f"{broken} of {len(INVARIANTS)} invariants do not hold.")
