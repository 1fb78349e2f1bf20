"""What must be true of the ledger at any moment. Each check returns the rows that break it: none, if all is well.

Numbers are those of the design (`docs/reference/ledger.md`); later issues add the ones still missing here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db import connection
from django.db.models import Count, F, Q, Sum, Window
from django.db.models.functions import Coalesce, Lag

from billing import chart
from billing.models import Account, Entitlement, Entry, Kind, Order, Outcome, Transaction, WebhookEvent

_POSTED = Q(outcome=Outcome.POSTED)
_TRIGGERS = {
    "sqlite": {
        "billing_transaction_no_update",
        "billing_transaction_no_delete",
        "billing_entry_no_update",
        "billing_entry_no_delete",
    },
    "postgresql": {
        "billing_transaction_append_only",
        "billing_entry_append_only",
        "billing_entry_zero_sum",
    },
}
_TRIGGER_QUERIES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D' AND NOT tgisinternal",
}


@dataclass(frozen=True, slots=True)
class Invariant:
    id: str
    statement: str
    breaches: Callable[[], list[str]]


def _texts(rows: Iterable[object]) -> list[str]:
    return [str(row) for row in rows]


def _unbalanced_transactions() -> list[str]:
    sums = Entry.objects.values("transaction_id", "account__unit").annotate(left=Sum("amount"))
    return _texts(sums.exclude(left=0).order_by("transaction_id"))


def _balances_that_differ() -> list[str]:
    kept = Account.objects.filter(balance__isnull=False).annotate(sum=Coalesce(Sum("entries__amount"), 0))
    before = Window(Lag("balance_after", default=0), partition_by="account_id", order_by="id")
    chain = Entry.objects.filter(balance_after__isnull=False).annotate(before=before)
    hot = Entry.objects.filter(account__balance__isnull=True, balance_after__isnull=False)
    return [
        *_texts(kept.exclude(sum=F("balance")).values("key", "balance", "sum")),
        *_texts(chain.exclude(balance_after=F("before") + F("amount")).values("id", "before", "balance_after")),
        *_texts(hot.values("id", "balance_after")),
    ]


def _negative_balances() -> list[str]:
    accounts = Account.objects.filter(balance__lt=0).values("key", "balance")
    entries = Entry.objects.filter(balance_after__lt=0).values("id", "balance_after")
    return [*_texts(accounts), *_texts(entries)]


def _units_not_at_zero() -> list[str]:
    units = Entry.objects.values("account__unit").annotate(left=Sum("amount"))
    return _texts(units.exclude(left=0).order_by("account__unit"))


def _answers_given_twice() -> list[str]:
    twice = Transaction.objects.values("actor", "key").annotate(count=Count("id")).filter(count__gt=1)
    denied_with_legs = Transaction.objects.filter(outcome=Outcome.DENIED, entries__isnull=False).distinct()
    return [*_texts(twice.order_by("actor", "key")), *_texts(denied_with_legs)]


def _sources_booked_twice() -> list[str]:
    facts = Transaction.objects.filter(_POSTED).values("kind", "source_type", "source_id")
    twice = facts.annotate(count=Count("id")).filter(count__gt=1).order_by("source_id")
    paid = Order.objects.filter(status=Order.Status.PAID)
    unbooked = paid.exclude(transaction__kind=Kind.TOP_UP, transaction__outcome=Outcome.POSTED)
    top_ups = Transaction.objects.filter(_POSTED, kind=Kind.TOP_UP)
    return [*_texts(twice), *_texts(unbooked), *_texts(top_ups.exclude(order__status=Order.Status.PAID))]


def _rights_without_debit() -> list[str]:
    sales = Transaction.objects.filter(_POSTED, kind=Kind.PURCHASE)
    live_sales = sales.filter(reversed_by__isnull=True)
    live = Entitlement.objects.filter(revoked_at__isnull=True)
    return [
        *_texts(live.exclude(transaction__in=live_sales)),
        *_texts(live_sales.exclude(pk__in=live.values("transaction_id"))),
    ]


def _missing_triggers() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_TRIGGER_QUERIES[connection.vendor])
        found = {name for (name,) in cursor.fetchall()}
    return sorted(_TRIGGERS[connection.vendor] - found)


def _shares_that_do_not_add_up() -> list[str]:
    fan = Sum("entries__amount", filter=Q(entries__account__key__startswith="fan:"), default=0)
    shares = Sum(
        "entries__amount",
        filter=Q(entries__account__key__startswith="creator:") | Q(entries__account__key=chart.REVENUE.key),
        default=0,
    )
    sales = Transaction.objects.filter(_POSTED, kind=Kind.PURCHASE).annotate(debit=-fan, shares=shares)
    return _texts(sales.exclude(debit=F("shares")).values("public_id", "debit", "shares"))


def _bonus_coins_paid_out() -> list[str]:
    return _texts(Entry.objects.filter(account__key__startswith="creator:").exclude(account__unit=chart.COIN_PAID))


def _dead_events() -> list[str]:
    return _texts(WebhookEvent.objects.filter(status=WebhookEvent.Status.DEAD))


INVARIANTS = (
    Invariant("I-1", "the legs of every transaction sum to zero in every unit", _unbalanced_transactions),
    Invariant("I-2", "every balance is the sum of its entries, and every entry says so", _balances_that_differ),
    Invariant("I-3", "no balance is or ever was negative", _negative_balances),
    Invariant("I-4", "all accounts of a unit sum to zero", _units_not_at_zero),
    Invariant("I-5", "a key has one answer, and a denial moves nothing", _answers_given_twice),
    Invariant("I-6", "a paid order is booked exactly once", _sources_booked_twice),
    Invariant("I-7", "an unlock exists if and only if one debit does", _rights_without_debit),
    Invariant("I-9", "the database refuses changes to the ledger", _missing_triggers),
    Invariant("I-10", "creator and platform share sum to the price", _shares_that_do_not_add_up),
    Invariant("I-20", "no bonus coin reaches a creator", _bonus_coins_paid_out),
    Invariant("I-21", "no webhook was given up", _dead_events),
)
