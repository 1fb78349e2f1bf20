"""The chart of accounts: how every account is called, in which unit it counts and whose it is.

`docs/reference/ledger.md` draws it. Later issues add `fan:{id}:held`, `fan:{id}:receivable`,
`creator:{id}:available`, `creator:{id}:paying`, `creator:{id}:debt`, `platform:breakage`,
`platform:loss`, `{gateway}:fees` and `tax:{jurisdiction}` to the same table.
"""

from __future__ import annotations

from dataclasses import dataclass

COIN_PAID = "coin_paid"
COIN_BONUS = "coin_bonus"


@dataclass(frozen=True, slots=True)
class AccountRef:
    """Names one account. `is_hot`: everybody's transactions touch it, so its balance is never kept in place."""

    key: str
    unit: str
    owner_id: int | None = None
    is_hot: bool = False


def fan_paid(user_id: int) -> AccountRef:
    """Coins the fan bought."""
    return AccountRef(f"fan:{user_id}:paid", COIN_PAID, user_id)


def fan_bonus(user_id: int) -> AccountRef:
    """Coins the house gave; spent first, never paid out to anybody."""
    return AccountRef(f"fan:{user_id}:bonus", COIN_BONUS, user_id)


def creator_pending(user_id: int) -> AccountRef:
    """A creator's share of sales, not yet past its hold period."""
    return AccountRef(f"creator:{user_id}:pending", COIN_PAID, user_id)


def clearing(gateway: str, currency: str) -> AccountRef:
    """Money a gateway has taken for us, in minor units of `currency`."""
    return AccountRef(f"{gateway}:clearing:{currency}", currency, is_hot=True)


def coin_sales(currency: str) -> AccountRef:
    """What was paid for coins, the other side of the clearing accounts (negative)."""
    return AccountRef(f"platform:coin_sales:{currency}", currency, is_hot=True)


PAID_ISSUED = AccountRef("platform:coins_issued:paid", COIN_PAID, is_hot=True)
BONUS_ISSUED = AccountRef("platform:coins_issued:bonus", COIN_BONUS, is_hot=True)
BONUS_SPENT = AccountRef("platform:bonus_spent", COIN_BONUS, is_hot=True)
REVENUE = AccountRef("platform:revenue", COIN_PAID, is_hot=True)
# A bonus coin reaches no creator: the house buys it back at face value from this account (I-20).
PROMO_EXPENSE = AccountRef("platform:promo_expense", COIN_PAID, is_hot=True)
