"""A key is answered once, and the answer, a denial too, is repeated for ever."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from billing import chart, ledger
from billing.exceptions import AlreadyPosted, IdempotencyConflict
from billing.ledger import Leg, Posting
from billing.models import Kind, Outcome, Transaction
from billing.tests.factories import give_bonus
from billing.tests.postings import gift, posting, spend


def test_the_same_key_gives_the_same_transaction(fan):
    first = ledger.post(gift(fan, 40))

    again = ledger.post(gift(fan, 40))

    assert again == first
    assert ledger.balance(fan) == 40
    assert Transaction.objects.count() == 1


def test_a_key_used_with_another_body_is_a_conflict(fan):
    ledger.post(gift(fan, 40))

    with pytest.raises(IdempotencyConflict):
        ledger.post(gift(fan, 41))

    assert ledger.balance(fan) == 40


def test_two_actors_may_use_the_same_key(fan, stranger):
    ledger.post(gift(fan, 40))

    ledger.post(
        Posting(
            kind=Kind.GRANT,
            actor="another",
            key="first",
            source_type="test",
            source_id="2",
            legs=(Leg(chart.BONUS_ISSUED, -1), Leg(chart.fan_bonus(stranger.pk), 1)),
        )
    )

    assert (ledger.balance(fan), ledger.balance(stranger)) == (40, 1)


def test_a_source_is_booked_once_under_whatever_key(fan):
    ledger.post(gift(fan, 40))

    with pytest.raises(AlreadyPosted):
        ledger.post(gift(fan, 40, key="second"))

    assert ledger.balance(fan) == 40


def test_a_transaction_is_reversed_once(fan):
    first = ledger.post(gift(fan, 40))
    ledger.post(spend(fan, 40, key="undo", source="undo", reverses=first))

    with pytest.raises(AlreadyPosted):
        ledger.post(spend(fan, 0, key="undo again", source="undo again", reverses=first))

    assert first.reversed_by.key == "undo"


def test_too_few_coins_are_a_denial_that_says_how_many_are_missing(fan):
    give_bonus(fan, 30)

    denied = ledger.post(spend(fan, 50))

    assert denied.outcome == Outcome.DENIED
    assert not denied.is_posted
    assert denied.denial == {"code": "insufficient_coins", "account": f"fan:{fan.pk}:bonus", "shortfall": 20}
    assert denied.entries.count() == 0
    assert ledger.balance(fan) == 30


def test_a_denial_is_remembered_when_there_are_coins_later(fan):
    denied = ledger.post(spend(fan, 50))
    give_bonus(fan, 100)

    again = ledger.post(spend(fan, 50))

    assert again == denied
    assert ledger.balance(fan) == 100


def test_a_denied_posting_moves_none_of_its_legs(fan, stranger):
    give_bonus(stranger, 10)
    legs = (
        Leg(chart.fan_bonus(stranger.pk), -10),
        Leg(chart.fan_paid(fan.pk), -5),
        Leg(chart.PAID_ISSUED, 5),
        Leg(chart.BONUS_SPENT, 10),
    )

    denied = ledger.post(posting(*legs))

    assert denied.denial["account"] == f"fan:{fan.pk}:paid"
    assert ledger.balance(stranger) == 10


def test_a_denied_source_may_be_booked_later_under_a_new_key(fan):
    ledger.post(spend(fan, 50))
    give_bonus(fan, 50)

    later = ledger.post(spend(fan, 50, key="second"))

    assert later.is_posted
    assert ledger.balance(fan) == 0


class RivalFirst(Mapping):
    """Details whose reading lets somebody else book the same attempt in between."""

    def __init__(self, rival: Posting) -> None:
        self.rival = rival

    def __iter__(self):
        ledger.post(self.rival)
        return iter(())

    def __len__(self):
        return 0

    def __getitem__(self, key):
        raise KeyError(key)


def test_a_rival_with_the_same_key_is_waited_for_and_believed(fan):
    rival = spend(fan, 50)

    answer = ledger.post(replace(rival, details=RivalFirst(rival)))

    assert answer.outcome == Outcome.DENIED
    assert list(Transaction.objects.all()) == [answer]


def test_a_reversal_that_is_denied_does_not_hide_the_one_that_was_booked(fan):
    first = ledger.post(gift(fan, 40))
    ledger.post(spend(fan, 40, key="undo", source="undo", reverses=first))

    with pytest.raises(AlreadyPosted):
        ledger.post(spend(fan, 40, key="undo again", source="undo again", reverses=first))

    assert ledger.balance(fan) == 0
