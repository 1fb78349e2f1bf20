from __future__ import annotations

import pytest

from billing import services
from billing.invariants import INVARIANTS
from billing.tests.factories import make_offer


@pytest.fixture(autouse=True)
def _the_books_are_true(db):
    """After every test, whatever it did, the ledger must be one a bank would accept."""
    yield
    assert {invariant.id: invariant.breaches() for invariant in INVARIANTS if invariant.breaches()} == {}


@pytest.fixture
def offer(creator):
    return make_offer(creator)


@pytest.fixture
def order(fan):
    """A lantern (300 + 20 coins for ¥28.00) waiting to be paid at the test gateway."""
    return services.start_checkout(fan, "lantern", key="first-order", site="http://testserver/")
