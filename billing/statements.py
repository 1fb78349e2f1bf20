"""The wallet's history in words: what happened, what it changed, what was left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import groupby
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from billing import chart
from billing.models import Account, Entry, Kind, Transaction

PAGE = 20

# What a grant's reason reads like; any other reason is shown as it was written.
REASONS: dict[str, str | Promise] = {
    "welcome": gettext_lazy("A welcome gift from the park"),
    "demo": gettext_lazy("Coins to look around with"),
    "goodwill": gettext_lazy("With our apologies"),
}


ICONS: dict[str, str] = {Kind.TOP_UP: "coin", Kind.GRANT: "gift", Kind.PURCHASE: "unlock", Kind.REVERSAL: "undo"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a statement: `amount` coins came or went, `balance` coins were left."""

    id: UUID
    kind: str
    words: str
    note: str
    amount: int
    balance: int
    at: datetime

    @property
    def change(self) -> str:
        """The amount with its sign, as a statement prints it."""
        return f"+{self.amount}" if self.amount > 0 else f"−{-self.amount}"  # noqa: RUF001 (a real minus sign)

    @property
    def icon(self) -> str:
        return ICONS[self.kind]


@dataclass(frozen=True, slots=True)
class Statement:
    """Lines, newest first; `older` is the id to ask for what came before, None at the end."""

    lines: list[Line]
    older: UUID | None


def describe(kind: str, details: Mapping[str, Any]) -> str:
    """Return one sentence for a transaction, in the reader's language."""
    if kind == Kind.TOP_UP:
        coins = details["coins_paid"]
        return ngettext("Bought %(coins)d coin", "Bought %(coins)d coins", coins) % {"coins": coins}
    if kind == Kind.GRANT:
        return str(REASONS.get(details["reason"], details["reason"]))
    if kind == Kind.PURCHASE:
        return _("Unlocked “%(title)s”") % {"title": details["title"]}
    return _("Taken back: %(title)s") % {"title": details.get("title", "")}


def annotate(kind: str, details: Mapping[str, Any]) -> str:
    """Return the small print of a transaction, empty where there is none."""
    bonus = details.get("coins_bonus", 0)
    if kind == Kind.TOP_UP and bonus:
        return ngettext("%(bonus)d bonus coin included", "%(bonus)d bonus coins included", bonus) % {"bonus": bonus}
    return ""


def statement(user: User, *, before: UUID | None = None, limit: int = PAGE) -> Statement:
    """Return a page of the wallet's history, of what came before transaction `before` where given.

    Costs the same on the first page as on the ten-thousandth: each account is read along its index, and
    the balance each entry left behind is written on it.
    """
    keys = [ref.key for ref in (chart.fan_paid(user.pk), chart.fan_bonus(user.pk))]
    accounts = list(Account.objects.owned_by(user).filter(key__in=keys))
    start = _start(accounts, before)
    if before is not None and start is None:
        return Statement([], None)
    columns = [_column(account, start, limit + 1) for account in accounts]
    balance = sum(column[0].balance_after or 0 for column in columns if column)
    entries = merge(*columns, key=lambda entry: -entry.pk)
    lines: list[Line] = []
    for _key, group in groupby(entries, key=lambda entry: entry.transaction_id):
        legs = list(group)
        if len(lines) == limit:
            return Statement(lines, lines[-1].id)
        amount = sum(leg.amount for leg in legs)
        lines.append(_line(legs[0].transaction, amount, balance))
        balance -= amount
    return Statement(lines, None)


def _start(accounts: list[Account], before: UUID | None) -> int | None:
    if before is None:
        return None
    first = Entry.objects.filter(account__in=accounts, transaction__public_id=before).order_by("id").first()
    return first.pk if first else None


def _column(account: Account, start: int | None, limit: int) -> list[Entry]:
    rows = Entry.objects.filter(account=account).select_related("transaction").order_by("-id")
    return list((rows.filter(pk__lt=start) if start is not None else rows)[:limit])


def _line(transaction: Transaction, amount: int, balance: int) -> Line:
    return Line(
        id=transaction.public_id,
        kind=transaction.kind,
        words=describe(transaction.kind, transaction.details),
        note=annotate(transaction.kind, transaction.details),
        amount=amount,
        balance=balance,
        at=transaction.created_at,
    )
