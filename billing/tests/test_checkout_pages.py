from __future__ import annotations

import pytest
from django.urls import reverse

from billing import ledger
from billing.gateways import fake_till
from billing.gateways.fake_till import Card
from billing.models import FakeCheckout, Order

START = "/wallet/checkouts/"
FORM = {"pack": "lantern", "key": "first-order", "next": "/wallet/offers/x/"}


def back_page(order) -> str:
    return reverse("billing:checkout-return", args=[order.public_id])


def till(order) -> str:
    return f"/pay/fake/{order.checkout_id}/"


def test_choosing_a_pack_leads_to_the_checkout_and_back_with_coins(fan, fan_client):
    to_till = fan_client.post(START, FORM)
    order = Order.objects.get()
    shown = fan_client.get(to_till["Location"]).content.decode()
    paid = fan_client.post(till(order), {"card": Card.SUCCESS})
    back = fan_client.get(paid["Location"]).content.decode()

    assert to_till["Location"] == f"http://testserver{till(order)}"
    assert "Test mode" in shown
    assert "Pay CN¥28.00" in shown
    assert "320 coins are in your wallet" in back
    assert 'href="/wallet/offers/x/"' in back
    assert ledger.balance(fan) == 320


def test_a_double_click_orders_once(fan_client):
    places = [fan_client.post(START, FORM)["Location"] for _ in range(2)]

    assert places[0] == places[1]
    assert Order.objects.count() == 1


def test_the_same_form_after_paying_leads_to_the_receipt(fan_client):
    fan_client.post(START, FORM)
    order = Order.objects.get()
    fake_till.pay(order.checkout_id, Card.SUCCESS)
    fan_client.get(back_page(order))

    assert fan_client.post(START, FORM)["Location"] == back_page(order)


@pytest.mark.parametrize(
    ("changes", "status"),
    [({"pack": "moon"}, 422), ({"pack": ""}, 422), ({"key": "short"}, 422), ({"pack": "../etc"}, 422)],
)
def test_a_form_that_was_tampered_with_orders_nothing(fan_client, changes, status):
    assert fan_client.post(START, FORM | changes).status_code == status
    assert Order.objects.count() == 0


def test_another_site_is_no_place_to_go_on(fan_client):
    fan_client.post(START, FORM | {"next": "https://evil.example/"})

    assert Order.objects.get().next_path == ""


def test_too_many_starts_are_slowed_down(fan_client):
    responses = [fan_client.post(START, FORM).status_code for _ in range(31)]

    assert responses == [302] * 30 + [429]


def test_the_gateway_being_away_is_told_and_can_be_tried_again(fan_client, settings):
    settings.PAYMENT_GATEWAYS = {
        "default": {
            "BACKEND": "billing.gateways.stripe.StripeGateway",
            "OPTIONS": {"api_key": "sk_test_x", "webhook_secret": "x", "api_base": "http://127.0.0.1:9"},
        }
    }

    response = fan_client.post(START, FORM)

    assert response.status_code == 503
    assert "Nothing was charged" in response.content.decode()
    assert Order.objects.get().status == "created"


def test_a_declined_card_can_be_followed_by_a_good_one(fan, fan_client, order):
    declined = fan_client.post(till(order), {"card": Card.DECLINED})
    empty = fan_client.post(till(order), {"card": Card.NO_FUNDS})
    good = fan_client.post(till(order), {"card": Card.SUCCESS})

    assert (declined.status_code, empty.status_code, good.status_code) == (402, 402, 302)
    assert "Your card was declined" in declined.content.decode()
    assert "too little on this card" in empty.content.decode()
    assert FakeCheckout.objects.get().payment == "paid"


def test_the_bank_asks_before_a_secure_card_pays(fan_client, order):
    asked = fan_client.post(till(order), {"card": Card.SECURE}).content.decode()
    refused = fan_client.post(f"{till(order)}bank/", {"answer": "no"})
    fan_client.post(till(order), {"card": Card.SECURE})
    approved = fan_client.post(f"{till(order)}bank/", {"answer": "yes"})

    assert "Is this you?" in asked
    assert refused.status_code == 402
    assert "did not get a yes" in refused.content.decode()
    assert approved["Location"] == f"http://testserver{back_page(order)}"


def test_a_card_nobody_knows_is_refused_at_the_field(fan_client, order):
    response = fan_client.post(till(order), {"card": "1234"})

    assert response.status_code == 422
    assert FakeCheckout.objects.get().card == ""


def test_a_finished_checkout_leads_straight_back(fan_client, order):
    fake_till.pay(order.checkout_id, Card.SUCCESS)

    assert fan_client.get(till(order))["Location"] == f"http://testserver{back_page(order)}"


def test_the_test_till_is_closed_where_a_real_gateway_takes_the_payments(fan_client, order, settings):
    settings.PAYMENT_GATEWAYS = {
        "default": {
            "BACKEND": "billing.gateways.stripe.StripeGateway",
            "OPTIONS": {"api_key": "sk_live_x", "webhook_secret": "x"},
        }
    }

    assert fan_client.get(till(order)).status_code == 404
    assert fan_client.post(till(order), {"card": Card.SUCCESS}).status_code == 404
    assert FakeCheckout.objects.get().payment == "unpaid"


def test_an_unknown_checkout_does_not_exist(client):
    assert client.get("/pay/fake/cs_nothing/").status_code == 404


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("open", "Not paid yet"),
        ("processing", "Your bank is on it"),
        ("failed", "The payment did not go through"),
        ("expired", "This checkout has expired"),
        ("quarantined", "We are checking this payment by hand"),
    ],
)
def test_the_way_back_says_how_the_order_stands(fan_client, order, status, words):
    Order.objects.filter(pk=order.pk).update(status=status)
    if status == "processing":
        FakeCheckout.objects.update(status="complete", payment="processing")

    assert words in fan_client.get(back_page(order)).content.decode()


def test_while_nobody_answers_the_page_goes_on_asking(fan_client, order):
    FakeCheckout.objects.update(failing=2)

    whole = fan_client.get(back_page(order)).content.decode()
    fragment = fan_client.get(back_page(order), headers={"HX-Request": "true"}).content.decode()

    assert "Waiting for the payment service" in whole
    assert 'hx-trigger="every 4s"' in fragment
    assert "<html" not in fragment


def test_the_order_of_another_does_not_exist(stranger_client, order):
    assert stranger_client.get(back_page(order)).status_code == 404
