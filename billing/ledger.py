"""The double-entry ledger. `post()` is the only writer of transactions and entries.

Whole numbers; legs sum to zero in every unit; a key is answered once and the answer, a denial too,
is repeated for ever. Safe to run concurrently with itself on SQLite and PostgreSQL: balances move by
one conditional UPDATE an account, in the order of the keys. It must not know what is sold, or why.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import F, Sum

from accounts.models import User
from billing import chart
from billing.chart import AccountRef
from billing.exceptions import AlreadyPosted, IdempotencyConflict, InsufficientCoins
from billing.models import Account, Entry, Kind, Outcome, Transaction

# Far above anything real, far below what a 64-bit column or a JSON reader can hold.
LARGEST_AMOUNT = 10**12


@dataclass(frozen=True, slots=True)
class Leg:
    """`amount` > 0 adds to the account, < 0 takes from it."""

    account: AccountRef
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """What is to be booked.

    `actor` and `key` name the attempt; `source_type` and `source_id` the fact behind it, posted at most
    once a kind. `request` is the body two uses of one key must agree on; without it, the legs are.
    `details` is what the reader of a statement should see, frozen as it was at the time.
    """

    kind: Kind
    actor: str
    key: str
    source_type: str
    source_id: str
    legs: tuple[Leg, ...] = ()
    request: Mapping[str, object] | None = None
    details: Mapping[str, object] = field(default_factory=dict)
    reverses: Transaction | None = None


@dataclass(frozen=True, slots=True)
class Wallet:
    """A fan's coins by class."""

    paid: int
    bonus: int

    @property
    def total(self) -> int:
        return self.paid + self.bonus


class _Short(Exception):
    """An account cannot give what a leg takes."""

    def __init__(self, account: str, shortfall: int) -> None:
        self.denial = {"code": InsufficientCoins.code, "account": account, "shortfall": shortfall}
        super().__init__(account)


class _Answered(Exception):
    """Someone else booked the same attempt while we were at it."""


def actor_of(user: User) -> str:
    """Return the name under which a person's attempts are remembered."""
    return f"user:{user.pk}"


def wallet(user: User) -> Wallet:
    """Return the fan's spendable coins by class, in one query."""
    refs = (chart.fan_paid(user.pk), chart.fan_bonus(user.pk))
    found = dict(Account.objects.filter(key__in=[ref.key for ref in refs]).values_list("key", "balance"))
    return Wallet(*(found.get(ref.key) or 0 for ref in refs))


def balance(user: User) -> int:
    """Return the fan's spendable coins, paid and bonus together, in one query."""
    return wallet(user).total


def total(ref: AccountRef) -> int:
    """Return the sum of an account's entries; for a hot account that is its balance."""
    found: int | None = Entry.objects.filter(account__key=ref.key).aggregate(total=Sum("amount"))["total"]
    return found or 0


def recall(posting: Posting) -> Transaction | None:
    """Return the answer already given to this actor and key, None for a new one.

    Raise `IdempotencyConflict` when the key was used with another body.
    """
    found = Transaction.objects.filter(actor=posting.actor, key=posting.key).first()
    if found is not None and found.digest != _digest(posting):
        raise IdempotencyConflict
    return found


def lock(refs: Iterable[AccountRef]) -> dict[str, int]:
    """Open and lock the accounts until the transaction ends; return balances by key, hot ones left out.

    For a caller whose legs depend on balances. Lock every account of the coming posting that keeps a
    balance, at once: locks are taken in the order of the keys, which is what keeps two callers from
    waiting for each other.
    """
    opened = _open(refs)
    cold = [account.pk for account in opened.values() if account.balance is not None]
    rows = Account.objects.select_for_update(no_key=True).filter(pk__in=cold).order_by("key")
    return {row.key: row.balance or 0 for row in rows}


def post(posting: Posting) -> Transaction:
    """Book the posting, or book its denial; the outcome tells which. Atomic, idempotent by (actor, key).

    Raise `IdempotencyConflict` for a key used with another body, `AlreadyPosted` for a source booked
    under another key, `ValueError` for legs that do not sum to zero (a bug in the caller).
    A denial is an answer, not an exception: it is only remembered when the caller's transaction commits.
    """
    legs = _netted(posting.legs)
    with transaction.atomic():
        answered = recall(posting)
        if answered is not None:
            return answered
        accounts = _open(leg.account for leg in legs)
        try:
            with transaction.atomic():
                return _book(posting, legs, accounts)
        except _Answered:
            pass
        except _Short as short:
            denied = _record(posting, Outcome.DENIED, denial=short.denial)
            if denied is not None:
                return denied
        answered = recall(posting)
        if answered is None:
            raise AlreadyPosted
        return answered


def _netted(legs: Iterable[Leg]) -> list[Leg]:
    sums: defaultdict[AccountRef, int] = defaultdict(int)
    units: defaultdict[str, int] = defaultdict(int)
    for leg in legs:
        if type(leg.amount) is not int or abs(leg.amount) > LARGEST_AMOUNT:
            raise ValueError(f"{leg.amount!r} on {leg.account.key} is not an amount of the ledger")
        sums[leg.account] += leg.amount
        units[leg.account.unit] += leg.amount
    unbalanced = {unit: left for unit, left in units.items() if left}
    if unbalanced:
        raise ValueError(f"legs do not sum to zero: {unbalanced}")
    netted = [Leg(ref, amount) for ref, amount in sums.items() if amount]
    return sorted(netted, key=lambda leg: leg.account.key)


def _digest(posting: Posting) -> str:
    body: object = posting.request
    if body is None:
        legs = sorted((leg.account.key, leg.amount) for leg in posting.legs)
        body = [posting.source_type, posting.source_id, legs]
    text = json.dumps([posting.kind.value, body], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _open(refs: Iterable[AccountRef]) -> dict[str, Account]:
    wanted = {ref.key: ref for ref in refs}
    found = Account.objects.in_bulk(wanted, field_name="key")
    missing = sorted(wanted.keys() - found.keys())
    if missing:
        Account.objects.bulk_create((_new_account(wanted[key]) for key in missing), ignore_conflicts=True)
        found |= Account.objects.in_bulk(missing, field_name="key")
    for key, ref in wanted.items():
        if found[key].unit != ref.unit:
            raise ValueError(f"{key} counts {found[key].unit}, not {ref.unit}")
    return found


def _new_account(ref: AccountRef) -> Account:
    return Account(key=ref.key, unit=ref.unit, owner_id=ref.owner_id, balance=None if ref.is_hot else 0)


def _book(posting: Posting, legs: list[Leg], accounts: Mapping[str, Account]) -> Transaction:
    for leg in legs:
        if not leg.account.is_hot:
            _move(accounts[leg.account.key], leg.amount)
    row = _record(posting, Outcome.POSTED)
    if row is None:
        raise _Answered
    after = dict(Account.objects.filter(key__in=accounts).values_list("key", "balance"))
    Entry.objects.bulk_create(
        Entry(
            transaction=row,
            account=accounts[leg.account.key],
            amount=leg.amount,
            balance_after=after[leg.account.key],
        )
        for leg in legs
    )
    return row


def _move(account: Account, amount: int) -> None:
    # One conditional statement, correct on both databases: reading first and writing then would let
    # two spenders see the same coins.
    rows = Account.objects.filter(pk=account.pk, balance__gte=-amount)
    if not rows.update(balance=F("balance") + amount):
        left = Account.objects.values_list("balance", flat=True).get(pk=account.pk) or 0
        raise _Short(account.key, -amount - left)


def _record(posting: Posting, outcome: Outcome, *, denial: Mapping[str, object] | None = None) -> Transaction | None:
    row = Transaction(
        kind=posting.kind,
        outcome=outcome,
        actor=posting.actor,
        key=posting.key,
        digest=_digest(posting),
        source_type=posting.source_type,
        source_id=posting.source_id,
        details=dict(posting.details),
        denial=dict(denial or {}),
        reverses_id=posting.reverses.pk if posting.reverses else None,
    )
    # ON CONFLICT DO NOTHING waits for a rival with the same key and then tells us, without breaking
    # the transaction as an IntegrityError would on PostgreSQL.
    Transaction.objects.bulk_create([row], ignore_conflicts=True)
    return Transaction.objects.filter(public_id=row.public_id).first()
