"""Django's own `flush`, able to empty append-only tables on SQLite.

PostgreSQL empties tables by TRUNCATE, which fires no row trigger. SQLite has only DELETE, which the
append-only triggers of the ledger (and of any other app) refuse; so exactly those that abort are taken off
for the length of this command and put back as they were, all in one transaction. The test-suite flushes
through this command after every test that commits.
"""

from __future__ import annotations

from typing import Any

from django.core.management.commands.flush import Command as DjangoFlush
from django.db import connections, transaction

REFUSING = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%RAISE(ABORT%'"


class Command(DjangoFlush):
    def handle(self, **options: Any) -> None:
        connection = connections[options["database"]]
        if connection.vendor != "sqlite":
            super().handle(**options)
            return
        with transaction.atomic(using=options["database"]), connection.cursor() as cursor:
            cursor.execute(REFUSING)
            triggers = cursor.fetchall()
            for name, _ in triggers:
                cursor.execute(f'DROP TRIGGER "{name}"')
            super().handle(**options)
            for _, sql in triggers:
                cursor.execute(sql)
