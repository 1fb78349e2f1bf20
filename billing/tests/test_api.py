from __future__ import annotations

from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from billing import entitlements, ledger, services
from billing.models import Order, Transaction
from billing.tests.factories import entitle, give_bonus, give_paid

BASE = "/api/v1"


@pytest.fixture
def api(fan) -> APIClient:
    api = APIClient()
    api.force_authenticate(fan)
    return api


@pytest.fixture
def stranger_api(stranger) -> APIClient:
    api = APIClient()
    api.force_authenticate(stranger)
    return api


def buy(api, offer, body: object = None, *, key: str | None = "first-key"):
    headers = {"Idempotency-Key": key} if key is not None else {}
    body = {"expected_price": offer.price_coins} if body is None else body
    return api.post(f"{BASE}/offers/{offer.public_id}/purchases/", body, format="json", headers=headers)


def test_the_wallet_tells_bought_coins_from_gifts(api, fan):
    give_paid(fan, 30)
    give_bonus(fan, 5)

    assert api.get(f"{BASE}/wallet/").json() == {"total": 35, "paid": 30, "bonus": 5}


def test_entries_come_newest_first_and_only_ones_own(api, fan, stranger, stranger_api, creator, offer):
    give_bonus(fan, 30)
    give_paid(fan, 100)
    services.purchase(fan, offer, key="first-key", expected_price=60)

    entries = api.get(f"{BASE}/wallet/entries/").json()["results"]

    assert {(e["unit"], e["amount"], e["balance_after"], e["words"]) for e in entries[:2]} == {
        ("coin_paid", -30, 70, "Unlocked “Listening to Snow”"),
        ("coin_bonus", -30, 0, "Unlocked “Listening to Snow”"),
    }
    assert [e["amount"] for e in entries[2:]] == [100, 30]
    assert stranger_api.get(f"{BASE}/wallet/entries/").json()["results"] == []


def test_entries_cost_two_queries_whatever_their_number(api, fan, django_assert_num_queries):
    for _ in range(10):
        give_bonus(fan, 1)

    with django_assert_num_queries(1):
        assert len(api.get(f"{BASE}/wallet/entries/", {"page_size": 1000}).json()["results"]) == 10


def test_an_offer_says_its_price_and_whether_it_is_owned(api, fan, offer):
    before = api.get(f"{BASE}/offers/{offer.public_id}/").json()
    entitle(fan, offer)

    after = api.get(f"{BASE}/offers/{offer.public_id}/").json()

    assert before == {
        "public_id": str(offer.public_id),
        "kind": "storyline",
        "title": "Listening to Snow",
        "price_coins": 60,
        "is_active": True,
        "is_owned": False,
    }
    assert after["is_owned"] is True


def test_a_purchase_gives_the_right_and_a_retry_gives_the_same(api, fan, offer):
    give_paid(fan, 100)

    first, again = buy(api, offer), buy(api, offer)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert first.json()["offer"] == str(offer.public_id)
    assert ledger.balance(fan) == 40


@pytest.mark.parametrize("key", [None, "", "short", "k" * 65, "with space", "quote'quote'"])
def test_a_purchase_needs_a_usable_key(api, fan, offer, key):
    give_paid(fan, 100)

    response = buy(api, offer, key=key)

    assert (response.status_code, response.json()["code"]) == (400, "idempotency_key_missing")
    assert ledger.balance(fan) == 100


def test_a_key_with_another_body_is_a_conflict(api, fan, offer):
    give_paid(fan, 100)
    buy(api, offer)

    response = buy(api, offer, {"expected_price": 61})

    assert (response.status_code, response.json()["code"]) == (409, "idempotency_conflict")
    assert ledger.balance(fan) == 40


def test_too_few_coins_are_a_problem_with_the_shortfall(api, fan, offer):
    give_paid(fan, 15)

    response = buy(api, offer)

    assert response.status_code == 402
    assert response["Content-Type"].startswith("application/problem+json")
    assert response.json() | {"code": "insufficient_coins", "shortfall": 45} == response.json()


def test_a_stale_price_is_a_problem_with_the_one_that_holds(api, fan, offer):
    give_paid(fan, 100)

    response = buy(api, offer, {"expected_price": 10})

    assert (response.status_code, response.json()["code"], response.json()["price_coins"]) == (409, "price_changed", 60)
    assert ledger.balance(fan) == 100


@pytest.mark.parametrize("price", [-1, 10**30, 1.5, "sixty", None, [60], {"$gt": 0}])
def test_a_price_that_is_no_price_is_refused_at_the_field(api, fan, offer, price):
    give_paid(fan, 100)

    response = buy(api, offer, {"expected_price": price})

    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "expected_price"
    assert ledger.balance(fan) == 100


def test_extra_members_are_ignored(api, fan, stranger, offer):
    give_paid(fan, 100)

    body = {"expected_price": 60, "price_coins": 1, "balance": 10**6, "user": stranger.pk, "is_staff": True}
    response = buy(api, offer, body)

    offer.refresh_from_db()
    fan.refresh_from_db()
    assert response.status_code == 201
    assert (ledger.balance(fan), offer.price_coins, fan.is_staff) == (40, 60, False)
    assert not entitlements.has(stranger, offer)


def test_the_wallet_cannot_be_written(api, fan):
    responses = [
        getattr(api, verb)(f"{BASE}/wallet/", {"total": 999}).status_code for verb in ("post", "put", "patch", "delete")
    ]

    assert responses == [405] * 4
    assert ledger.balance(fan) == 0


def test_what_one_may_not_know_of_does_not_exist(stranger_api, fan, offer, order):
    services.set_on_sale(offer, is_active=False)

    assert stranger_api.get(f"{BASE}/offers/{offer.public_id}/").status_code == 404
    assert buy(stranger_api, offer).status_code == 404
    assert stranger_api.get(f"{BASE}/checkouts/{order.public_id}/").status_code == 404
    assert stranger_api.get(f"{BASE}/checkouts/{uuid4()}/").status_code == 404


def test_the_packs_carry_the_prices_of_the_region(api):
    packs = api.get(f"{BASE}/coin-packs/").json()

    assert [(p["key"], p["coins"], p["amount_minor"], p["currency"]) for p in packs] == [
        ("spark", 60, 600, "cny"),
        ("lantern", 320, 2800, "cny"),
        ("carousel", 750, 6000, "cny"),
        ("fireworks", 1460, 10800, "cny"),
    ]


def test_a_checkout_is_started_once_a_key_and_can_be_looked_at(api, fan):
    def start(pack: str, key: str):
        headers = {"Idempotency-Key": key}
        return api.post(f"{BASE}/checkouts/", {"pack": pack, "next": "/chat/"}, format="json", headers=headers)

    first, again, conflict = start("spark", "key-0001"), start("spark", "key-0001"), start("lantern", "key-0001")
    unknown = start("moon", "key-0002")

    shown = api.get(f"{BASE}/checkouts/{first.json()['public_id']}/").json()
    assert (first.status_code, again.json()) == (201, first.json())
    assert (conflict.status_code, unknown.status_code) == (409, 422)
    assert shown | {"status": "open", "amount_minor": 600, "pack": "spark"} == shown
    assert Order.objects.get().next_path == "/chat/"


def test_a_checkout_needs_a_key(api):
    assert api.post(f"{BASE}/checkouts/", {"pack": "spark"}, format="json").status_code == 400
    assert Order.objects.count() == 0


def test_visitors_are_asked_to_sign_in(offer):
    visitor = APIClient()
    paths = ["wallet/", "wallet/entries/", "coin-packs/", f"offers/{offer.public_id}/"]

    assert [visitor.get(f"{BASE}/{path}").status_code for path in paths] == [401] * 4
    assert buy(visitor, offer).status_code == 401
    assert Transaction.objects.count() == 0
