from __future__ import annotations

from datetime import date

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.exceptions import AdultsOnly
from billing import chart, entitlements, ledger, services
from billing.exceptions import (
    IdempotencyConflict,
    InsufficientCoins,
    NotEntitled,
    OfferUnavailable,
    OwnOffer,
    PriceChanged,
)
from billing.ledger import Wallet
from billing.models import Entitlement, Entry, Offer, Transaction
from billing.signals import entitlement_granted
from billing.tests.factories import entitle, give_bonus, give_paid, make_offer
from companion_site.core.exceptions import Invalid


def earned(creator) -> int:
    return ledger.total(chart.creator_pending(creator.pk))


def test_buying_debits_the_fan_pays_the_creator_and_grants_the_right(fan, creator, offer):
    give_paid(fan, 100)

    entitlement = services.purchase(fan, offer, key="first-key", expected_price=60)

    assert entitlements.has(fan, offer)
    assert entitlements.require(fan, offer) == entitlement
    assert entitlements.owned_offer_ids(fan) == {offer.pk}
    assert ledger.wallet(fan) == Wallet(paid=40, bonus=0)
    assert (earned(creator), ledger.total(chart.REVENUE)) == (42, 18)
    assert entitlement.transaction.details == {
        "offer": str(offer.public_id),
        "offer_kind": "storyline",
        "title": "Listening to Snow",
        "price_coins": 60,
        "creator_percent": 70,
    }


@pytest.mark.parametrize(
    ("price", "creator_gets", "platform_gets"), [(1, 0, 1), (3, 2, 1), (99, 69, 30), (100, 70, 30)]
)
def test_what_does_not_divide_stays_with_the_platform(fan, creator, price, creator_gets, platform_gets):
    offer = make_offer(creator, price_coins=price)
    give_paid(fan, price)

    services.purchase(fan, offer, key="first-key", expected_price=price)

    assert (earned(creator), ledger.total(chart.REVENUE)) == (creator_gets, platform_gets)


def test_bonus_coins_are_spent_first_and_the_house_buys_them_back_for_the_creator(fan, creator, offer):
    give_bonus(fan, 25)
    give_paid(fan, 100)

    services.purchase(fan, offer, key="first-key", expected_price=60)

    assert ledger.wallet(fan) == Wallet(paid=65, bonus=0)
    assert earned(creator) == 42
    assert ledger.total(chart.PROMO_EXPENSE) == -25
    assert ledger.total(chart.BONUS_SPENT) == 25
    assert not Entry.objects.filter(account__key__startswith="creator:", account__unit="coin_bonus").exists()


def test_the_house_sells_on_its_own_account(fan):
    offer = make_offer(None, price_coins=10)
    give_paid(fan, 10)

    entitlement = services.purchase(fan, offer, key="first-key", expected_price=10)

    assert ledger.total(chart.REVENUE) == 10
    assert entitlement.transaction.details["creator_percent"] == 0


def test_a_free_unlock_leaves_an_audit_row_without_legs(fan, creator):
    offer = make_offer(creator, price_coins=0)

    entitlement = services.purchase(fan, offer, key="first-key", expected_price=0)

    assert entitlement.transaction.entries.count() == 0
    assert entitlements.has(fan, offer)


def test_too_few_coins_say_how_many_are_missing_and_take_nothing(fan, creator, offer):
    give_bonus(fan, 10)
    give_paid(fan, 20)

    with pytest.raises(InsufficientCoins) as refused:
        services.purchase(fan, offer, key="first-key", expected_price=60)

    assert refused.value.extra == {"shortfall": 30, "price_coins": 60}
    assert ledger.wallet(fan) == Wallet(paid=20, bonus=10)
    assert not entitlements.has(fan, offer)


def test_a_refused_attempt_stays_refused_under_its_key(fan, offer):
    with pytest.raises(InsufficientCoins):
        services.purchase(fan, offer, key="first-key", expected_price=60)
    give_paid(fan, 100)

    with pytest.raises(InsufficientCoins) as again:
        services.purchase(fan, offer, key="first-key", expected_price=60)

    assert again.value.extra["shortfall"] == 60
    assert ledger.balance(fan) == 100


def test_the_same_key_again_returns_the_same_right_without_a_second_debit(fan, offer):
    give_paid(fan, 200)
    first = services.purchase(fan, offer, key="first-key", expected_price=60)

    again = services.purchase(fan, offer, key="first-key", expected_price=60)

    assert again == first
    assert ledger.balance(fan) == 140


def test_what_is_owned_is_returned_without_a_second_debit(fan, offer):
    give_paid(fan, 200)
    first = services.purchase(fan, offer, key="first-key", expected_price=60)

    again = services.purchase(fan, offer, key="other-key", expected_price=60)

    assert again == first
    assert ledger.balance(fan) == 140
    assert Transaction.objects.filter(kind="purchase").count() == 1


def test_a_key_used_for_another_offer_is_a_conflict(fan, creator, offer):
    give_paid(fan, 200)
    services.purchase(fan, offer, key="first-key", expected_price=60)

    with pytest.raises(IdempotencyConflict):
        services.purchase(fan, make_offer(creator), key="first-key", expected_price=60)

    assert ledger.balance(fan) == 140


def test_a_stale_price_is_refused_with_the_one_that_holds(fan, offer):
    give_paid(fan, 200)
    services.reprice_offer(offer, price_coins=80)

    with pytest.raises(PriceChanged) as refused:
        services.purchase(fan, offer, key="first-key", expected_price=60)

    assert refused.value.extra == {"price_coins": 80}
    assert ledger.balance(fan) == 200
    assert services.purchase(fan, offer, key="other-key", expected_price=80)


def test_a_price_changed_behind_a_stale_object_is_noticed(fan, offer):
    give_paid(fan, 200)
    services.reprice_offer(Offer.objects.get(pk=offer.pk), price_coins=80)

    with pytest.raises(PriceChanged):
        services.purchase(fan, offer, key="first-key", expected_price=60)

    assert ledger.balance(fan) == 200


def test_what_was_put_away_cannot_be_bought_but_is_kept_by_its_owners(fan, stranger, offer):
    entitle(fan, offer)
    give_paid(stranger, 100)
    services.set_on_sale(offer, is_active=False)

    with pytest.raises(OfferUnavailable):
        services.purchase(stranger, offer, key="first-key", expected_price=60)

    assert ledger.balance(stranger) == 100
    assert entitlements.has(fan, offer)
    assert set(Offer.objects.visible_to(fan)) == {offer}
    assert set(Offer.objects.visible_to(stranger)) == set()
    assert set(Offer.objects.visible_to(offer.seller)) == {offer}


@pytest.mark.parametrize(("_case", "birth_on"), [("a minor", date(2015, 1, 1)), ("of unknown age", None)])
def test_only_adults_buy(fan, offer, _case, birth_on):
    give_bonus(fan, 100)
    fan.birth_on = birth_on

    with pytest.raises(AdultsOnly):
        services.purchase(fan, offer, key="first-key", expected_price=60)

    assert ledger.balance(fan) == 100


def test_nobody_buys_from_themselves(creator, offer):
    give_paid(creator, 100)

    with pytest.raises(OwnOffer):
        services.purchase(creator, offer, key="first-key", expected_price=60)

    assert ledger.balance(creator) == 100


def test_a_locked_door_names_the_offer_that_opens_it(fan, offer):
    with pytest.raises(NotEntitled) as refused:
        entitlements.require(fan, offer)

    assert refused.value.extra == {"offer": str(offer.public_id), "price_coins": 60}
    assert entitlements.find(fan, offer) is None


def test_a_visitor_owns_nothing(offer):
    assert not entitlements.has(AnonymousUser(), offer)
    assert entitlements.owned_offer_ids(AnonymousUser()) == set()
    assert list(Offer.objects.visible_to(AnonymousUser())) == [offer]


def test_the_grant_is_announced_after_the_commit(fan, offer, django_capture_on_commit_callbacks):
    heard = []

    def listen(sender, entitlement, **kwargs):
        heard.append(entitlement)

    entitlement_granted.connect(listen)
    give_paid(fan, 100)

    with django_capture_on_commit_callbacks(execute=True):
        entitlement = services.purchase(fan, offer, key="first-key", expected_price=60)
        before_commit = list(heard)

    assert before_commit == []
    assert heard == [entitlement]
    entitlement_granted.disconnect(listen)


@pytest.mark.parametrize("price", [-1, 100_001])
def test_a_price_must_be_within_reason(creator, price):
    with pytest.raises(Invalid) as refused:
        services.create_offer(creator, kind="storyline", title="Snow", price_coins=price)

    assert refused.value.field == "price_coins"
    assert Offer.objects.count() == 0


def test_a_new_title_does_not_change_old_statements(fan, offer):
    entitlement = entitle(fan, offer)

    services.rename_offer(offer, title="Snow, again")

    entitlement.transaction.refresh_from_db()
    assert entitlement.transaction.details["title"] == "Listening to Snow"
    assert Offer.objects.get().title == "Snow, again"


def test_a_gift_of_the_house_is_given_once(fan):
    services.grant_coins(fan, 50, reason="welcome", key="welcome")

    services.grant_coins(fan, 50, reason="welcome", key="welcome")

    assert ledger.wallet(fan) == Wallet(paid=0, bonus=50)


@pytest.mark.parametrize("amount", [0, -5, 100_001])
def test_a_gift_must_be_within_reason(fan, amount):
    with pytest.raises(Invalid):
        services.grant_coins(fan, amount, reason="welcome", key="welcome")

    assert ledger.balance(fan) == 0
    assert Entitlement.objects.count() == 0
