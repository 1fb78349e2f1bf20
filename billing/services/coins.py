"""Coins the house gives away."""

from __future__ import annotations

from accounts.models import User
from billing import chart, ledger
from billing.ledger import Leg, Posting
from billing.models import Kind, Transaction
from companion_site.core.exceptions import Invalid

LARGEST_GRANT_COINS = 100_000


def grant_coins(user: User, amount: int, *, reason: str, key: str) -> Transaction:
    """Give `amount` bonus coins; the same `key` gives them once.

    `reason` is a word of `billing.statements.REASONS` or what the user shall read as the reason.
    Raise `Invalid` for an amount out of range, `IdempotencyConflict` for a key used for another gift.
    """
    if not 0 < amount <= LARGEST_GRANT_COINS:
        raise Invalid(field="amount")
    return ledger.post(
        Posting(
            kind=Kind.GRANT,
            actor="house",
            key=f"grant:{user.pk}:{key}",
            source_type="grant",
            source_id=f"{user.pk}:{key}",
            legs=(Leg(chart.BONUS_ISSUED, -amount), Leg(chart.fan_bonus(user.pk), amount)),
            request={"amount": amount, "reason": reason},
            details={"reason": reason},
        )
    )
