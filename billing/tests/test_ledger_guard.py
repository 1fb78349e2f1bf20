"""The database itself refuses to rewrite history, whoever asks."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from billing import ledger
from billing.models import Account, Entry, Kind, Transaction
from billing.tests.factories import give_bonus


@pytest.mark.parametrize("verb", ["update", "delete"])
@pytest.mark.parametrize("model", [Entry, Transaction])
def test_the_database_refuses_to_change_history(fan, model, verb):
    give_bonus(fan, 7)
    rows = model.objects.all()

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        rows.update(created_at=None) if verb == "update" else rows._raw_delete(rows.db)

    assert ledger.balance(fan) == 7


UPSERTS = {
    "sqlite": "INSERT OR REPLACE INTO billing_entry (id, amount, {c}) SELECT id, 999, {c} FROM billing_entry",
    "postgresql": (
        "INSERT INTO billing_entry (id, amount, {c}) SELECT id, 999, {c} FROM billing_entry"
        " ON CONFLICT (id) DO UPDATE SET amount = 999"
    ),
}


def test_an_upsert_does_not_get_past_the_triggers(fan):
    give_bonus(fan, 7)
    columns = "balance_after, created_at, account_id, transaction_id"
    sql = UPSERTS[connection.vendor].format(c=columns)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)

    assert Entry.objects.filter(amount=999).count() == 0


def write_a_lone_leg(fan) -> None:
    lone = Transaction.objects.create(
        kind=Kind.GRANT, outcome="posted", actor="thief", key="k", digest="", source_type="x", source_id="y"
    )
    account = Account.objects.get(key=f"fan:{fan.pk}:bonus")
    Entry.objects.create(transaction=lone, account=account, amount=1000, balance_after=1007)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no deferrable trigger; I-1 finds it there")
def test_postgresql_checks_the_sum_itself_at_commit(fan):
    give_bonus(fan, 7)
    point = transaction.savepoint()
    write_a_lone_leg(fan)

    with pytest.raises(DatabaseError, match="leave 1000 coin_bonus over"), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    transaction.savepoint_rollback(point)
    assert Entry.objects.count() == 2
