"""Postings in one line."""

from __future__ import annotations

from accounts.models import User
from billing import chart
from billing.ledger import Leg, Posting
from billing.models import Kind


def posting(*legs: Leg, key: str = "first", source: str = "1", **fields: object) -> Posting:
    return Posting(kind=Kind.GRANT, actor="test", key=key, source_type="test", source_id=source, legs=legs, **fields)


def gift(user: User, amount: int, **fields: object) -> Posting:
    return posting(Leg(chart.BONUS_ISSUED, -amount), Leg(chart.fan_bonus(user.pk), amount), **fields)


def spend(user: User, amount: int, **fields: object) -> Posting:
    return posting(Leg(chart.fan_bonus(user.pk), -amount), Leg(chart.BONUS_SPENT, amount), **fields)
