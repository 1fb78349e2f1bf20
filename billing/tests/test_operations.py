"""The operator's tools: verify, flush, the read-only desk."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from billing.invariants import INVARIANTS
from billing.models import Account, Entitlement, Order, Transaction, WebhookEvent
from billing.tests.factories import entitle, give_bonus, give_paid


def verify() -> str:
    out = StringIO()
    call_command("ledger", "verify", stdout=out)
    return out.getvalue()


def break_and_ask(sql: str, *params: object) -> set[str]:
    """Write behind the ledger's back, ask which invariants notice, and take it back."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
        broken = {invariant.id for invariant in INVARIANTS if invariant.breaches()}
        transaction.set_rollback(True)
    return broken


def test_verify_says_one_line_an_invariant(fan, offer):
    entitle(fan, offer)

    lines = verify().splitlines()

    assert len(lines) == len(INVARIANTS)
    assert lines[0] == "I-1   ok       the legs of every transaction sum to zero in every unit"


def test_verify_fails_and_shows_the_rows_when_something_is_not_true(fan):
    give_bonus(fan, 5)
    out = StringIO()

    with transaction.atomic():
        Account.objects.filter(balance=5).update(balance=6)
        with pytest.raises(CommandError, match="1 of 11 invariants do not hold") as failed:
            call_command("ledger", "verify", stdout=out)
        transaction.set_rollback(True)

    assert failed.value.returncode == 1
    assert "I-2   BROKEN in 1 rows" in out.getvalue()
    assert f"fan:{fan.pk}:bonus" in out.getvalue()


def test_a_changed_balance_is_noticed(fan):
    give_bonus(fan, 5)

    assert break_and_ask("UPDATE billing_account SET balance = 6 WHERE balance = 5") == {"I-2"}


def test_a_right_without_a_debit_and_a_debit_without_a_right_are_noticed(fan, offer):
    entitle(fan, offer)

    assert break_and_ask("UPDATE billing_entitlement SET revoked_at = created_at") == {"I-7"}
    assert break_and_ask("DELETE FROM billing_entitlement") == {"I-7"}
    assert Entitlement.objects.count() == 1


def test_a_paid_order_without_its_booking_is_noticed(fan, order):
    booked = give_paid(fan, 5)
    sql = "UPDATE billing_order SET status = 'paid', paid_at = created_at, transaction_id = %s"

    assert break_and_ask(sql, booked.pk) == {"I-6"}
    assert Order.objects.get().status == "open"


def test_missing_triggers_are_noticed(db):
    drop = {
        "sqlite": "DROP TRIGGER billing_entry_no_delete",
        "postgresql": "DROP TRIGGER billing_entry_append_only ON billing_entry",
    }

    assert break_and_ask(drop[connection.vendor]) == {"I-9"}


def test_an_entry_written_behind_the_ledgers_back_is_noticed(fan):
    booked = give_bonus(fan, 5)
    account = Account.objects.create(key="creator:1:pending", unit="coin_bonus", balance=0)
    sql = "INSERT INTO billing_entry (transaction_id, account_id, amount, balance_after) VALUES (%s, %s, 7, 9)"

    broken = break_and_ask(sql, booked.pk, account.pk)

    assert broken == {"I-1", "I-2", "I-4", "I-20"}


def test_a_dead_event_is_noticed(db):
    sql = (
        "INSERT INTO billing_webhookevent"
        " (gateway, event_id, type, checkout_id, body, status, note, attempts, postponed, due_at)"
        " VALUES ('fake', 'e', 't', '', '', 'dead', '', 5, 0, CURRENT_TIMESTAMP)"
    )

    assert break_and_ask(sql) == {"I-21"}
    assert WebhookEvent.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_flush_empties_the_ledger_and_leaves_it_guarded(fan):
    give_bonus(fan, 5)

    call_command("flush", interactive=False, verbosity=0)
    emptied = Transaction.objects.count()

    assert emptied == 0
    assert {invariant.id: invariant.breaches() for invariant in INVARIANTS if invariant.breaches()} == {}


@pytest.mark.django_db(transaction=True)
def test_after_a_flush_history_is_refused_again(fan):
    call_command("flush", interactive=False, verbosity=0)
    fan.pk = None
    fan.save()
    give_bonus(fan, 5)

    with pytest.raises(DatabaseError, match="append-only"):
        Transaction.objects.update(key="other")


@pytest.mark.parametrize("model", ["account", "transaction", "offer", "entitlement", "order", "webhookevent"])
def test_operators_may_look_but_not_touch(admin_client, fan, offer, order, model):
    entitle(fan, offer)

    listed = admin_client.get(reverse(f"admin:billing_{model}_changelist"))

    assert listed.status_code == 200
    assert admin_client.get(reverse(f"admin:billing_{model}_add")).status_code == 403


def test_an_operator_sees_the_legs_of_a_transaction(admin_client, fan):
    booked = give_bonus(fan, 5)
    page = reverse("admin:billing_transaction_change", args=[booked.pk])

    assert f"fan:{fan.pk}:bonus" in admin_client.get(page).content.decode()
    assert admin_client.post(page, {"key": "other"}).status_code == 403
    assert admin_client.post(reverse("admin:billing_transaction_delete", args=[booked.pk])).status_code == 403
