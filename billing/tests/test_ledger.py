from __future__ import annotations

import pytest
from django.db import transaction

from billing import chart, ledger
from billing.ledger import Leg, Wallet
from billing.models import Account, Outcome, Transaction
from billing.tests.factories import give_bonus, give_paid
from billing.tests.postings import gift, posting


def test_a_posting_moves_coins_and_leaves_the_balance_on_each_entry(fan):
    booked = ledger.post(gift(fan, 40))

    assert booked.outcome == Outcome.POSTED
    assert list(booked.entries.order_by("amount").values_list("account__key", "amount", "balance_after")) == [
        ("platform:coins_issued:bonus", -40, None),
        (f"fan:{fan.pk}:bonus", 40, 40),
    ]
    assert ledger.wallet(fan) == Wallet(paid=0, bonus=40)
    assert ledger.balance(fan) == 40


def test_a_balance_is_asked_in_one_query(fan, django_assert_num_queries):
    give_bonus(fan, 5)

    with django_assert_num_queries(1):
        assert ledger.balance(fan) == 5


def test_hot_accounts_are_never_updated_in_place(fan):
    ledger.post(gift(fan, 40))

    assert Account.objects.get(key="platform:coins_issued:bonus").balance is None
    assert ledger.total(chart.BONUS_ISSUED) == -40
    assert ledger.total(chart.REVENUE) == 0


def test_legs_on_one_account_are_netted(fan):
    give_bonus(fan, 10)

    booked = ledger.post(
        posting(
            Leg(chart.fan_bonus(fan.pk), -30),
            Leg(chart.fan_bonus(fan.pk), 25),
            Leg(chart.BONUS_SPENT, 5),
            Leg(chart.REVENUE, 0),
        )
    )

    assert booked.entries.count() == 2
    assert ledger.balance(fan) == 5


@pytest.mark.parametrize(
    ("_case", "amounts"),
    [
        ("more goes than comes", (-40, 39)),
        ("a fraction", (-0.5, 0.5)),
        ("a truth value", (True, -1)),
        ("out of all proportion", (-(10**13), 10**13)),
    ],
)
def test_a_bug_in_the_legs_books_nothing(fan, _case, amounts):
    legs = (Leg(chart.BONUS_ISSUED, amounts[0]), Leg(chart.fan_bonus(fan.pk), amounts[1]))

    with pytest.raises(ValueError, match=r"sum to zero|not an amount"):
        ledger.post(posting(*legs))

    assert Transaction.objects.count() == 0


def test_units_do_not_balance_each_other(fan):
    legs = (Leg(chart.PAID_ISSUED, -40), Leg(chart.fan_bonus(fan.pk), 40))

    with pytest.raises(ValueError, match="sum to zero"):
        ledger.post(posting(*legs))

    assert Transaction.objects.count() == 0


def test_an_account_keeps_its_unit(fan):
    give_paid(fan, 10)
    wrong = chart.AccountRef(f"fan:{fan.pk}:paid", chart.COIN_BONUS, fan.pk)

    with pytest.raises(ValueError, match="counts coin_paid, not coin_bonus"):
        ledger.post(posting(Leg(chart.BONUS_ISSUED, -1), Leg(wrong, 1)))

    assert ledger.balance(fan) == 10


def test_locking_opens_accounts_and_tells_their_balances(fan):
    give_bonus(fan, 7)

    with transaction.atomic():
        balances = ledger.lock([chart.fan_paid(fan.pk), chart.fan_bonus(fan.pk), chart.REVENUE])

    assert balances == {f"fan:{fan.pk}:bonus": 7, f"fan:{fan.pk}:paid": 0}
