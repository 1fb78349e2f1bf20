"""Whatever is posted, in whatever order and however often: the books stay true."""

from __future__ import annotations

from collections import defaultdict

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing import chart, ledger
from billing.chart import AccountRef
from billing.exceptions import IdempotencyConflict
from billing.invariants import INVARIANTS
from billing.ledger import Leg, Posting
from billing.models import Account, Entry, Kind, Outcome

COLD = [AccountRef(f"fan:{n}:paid", chart.COIN_PAID) for n in (901, 902, 903)]
HOT = [chart.PAID_ISSUED, chart.REVENUE, chart.PROMO_EXPENSE]

amounts = st.integers(min_value=-60, max_value=60)
moves = st.lists(st.tuples(st.sampled_from([*COLD, *HOT]), amounts), min_size=1, max_size=5)
keys = st.sampled_from([f"key-{n}" for n in range(6)])


class Oracle:
    """The ledger in thirty lines, with no database to hide behind."""

    def __init__(self) -> None:
        self.balances: defaultdict[str, int] = defaultdict(int)
        self.answers: dict[str, tuple[object, Outcome]] = {}

    def post(self, key: str, legs: tuple[Leg, ...]) -> Outcome | None:
        body = tuple(sorted((leg.account.key, leg.amount) for leg in legs))
        if key in self.answers:
            seen, outcome = self.answers[key]
            return outcome if seen == body else None
        after = dict(self.balances)
        for leg in legs:
            after[leg.account.key] = after.get(leg.account.key, 0) + leg.amount
        cold = {ref.key for ref in COLD}
        outcome = Outcome.DENIED if any(after.get(k, 0) < 0 for k in cold) else Outcome.POSTED
        if outcome == Outcome.POSTED:
            self.balances.update(after)
        self.answers[key] = (body, outcome)
        return outcome


def balanced(moves: list[tuple[AccountRef, int]]) -> tuple[Leg, ...]:
    """Give the remainder to the house."""
    legs = [Leg(ref, amount) for ref, amount in moves]
    return (*legs, Leg(chart.PAID_ISSUED, -sum(leg.amount for leg in legs)))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(keys, moves), min_size=1, max_size=12))
def test_the_ledger_agrees_with_the_oracle_whatever_is_posted(db, attempts):
    oracle = Oracle()

    with transaction.atomic():
        for key, chosen in attempts:
            legs = balanced(chosen)
            expected = oracle.post(key, legs)
            posting = Posting(
                kind=Kind.REVERSAL, actor="oracle", key=key, source_type="oracle", source_id=key, legs=legs
            )
            try:
                answer = ledger.post(posting).outcome
            except IdempotencyConflict:
                answer = None
            assert answer == expected

        kept = {a.key: a.balance for a in Account.objects.filter(balance__isnull=False)}
        assert all(kept.get(ref.key, 0) == oracle.balances[ref.key] for ref in COLD)
        assert all(ledger.total(ref) == oracle.balances[ref.key] for ref in HOT)
        assert [invariant.id for invariant in INVARIANTS if invariant.breaches()] == []
        transaction.set_rollback(True)
    assert Entry.objects.count() == 0
