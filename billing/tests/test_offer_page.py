from __future__ import annotations

import re
from datetime import date

import pytest
from django.urls import reverse

from billing import entitlements, ledger, services
from billing.models import Transaction
from billing.tests.factories import entitle, give_bonus, give_paid, make_offer


def page(offer) -> str:
    return reverse("billing:offer", args=[offer.public_id])


def hidden(html: str, name: str) -> str:
    return re.search(rf'name="{name}" value="([^"]*)"', html)[1]


def intent(client, offer, **changes: object) -> dict[str, object]:
    """Read the form of the page as a browser would."""
    html = client.get(page(offer), {"next": "/chat/"}).content.decode()
    return {name: hidden(html, name) for name in ("key", "expected_price", "next")} | changes


def test_the_price_and_what_is_left_are_shown_before_anything_is_taken(fan, fan_client, offer):
    give_paid(fan, 100)

    html = fan_client.get(page(offer)).content.decode()

    assert "Listening to Snow" in html
    assert "Unlock for 60 coins" in html
    assert re.search(r"Left afterwards.*?40", html, re.DOTALL)
    assert ledger.balance(fan) == 100


def test_unlocking_takes_the_price_and_goes_on_to_where_the_fan_was(fan, fan_client, offer):
    give_paid(fan, 100)

    response = fan_client.post(page(offer), intent(fan_client, offer))

    assert (response.status_code, response["Location"]) == (302, "/chat/")
    assert entitlements.has(fan, offer)
    assert ledger.balance(fan) == 40


def test_a_double_click_takes_the_price_once(fan, fan_client, offer):
    give_paid(fan, 200)
    form = intent(fan_client, offer)

    responses = [fan_client.post(page(offer), form) for _ in range(2)]

    assert [response.status_code for response in responses] == [302, 302]
    assert ledger.balance(fan) == 140


def test_an_old_form_found_with_the_back_button_takes_nothing_more(fan, fan_client, offer):
    give_paid(fan, 200)
    form, other_tab = intent(fan_client, offer), intent(fan_client, offer)
    fan_client.post(page(offer), form)

    response = fan_client.post(page(offer), other_tab)

    assert response.status_code == 302
    assert ledger.balance(fan) == 140
    assert "no-store" in fan_client.get(page(offer))["Cache-Control"]


def test_without_a_next_page_the_offer_shows_that_it_is_owned(fan, fan_client, offer):
    give_paid(fan, 100)

    response = fan_client.post(page(offer), intent(fan_client, offer, next=""), follow=True)

    assert "This is yours" in response.content.decode()
    assert "“Listening to Snow” is yours." in [str(message) for message in response.context["messages"]]


@pytest.mark.parametrize(
    "path", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "chat/", "/" + "a" * 600]
)
def test_nobody_is_sent_to_another_site(fan, fan_client, offer, path):
    give_paid(fan, 100)

    response = fan_client.post(page(offer), intent(fan_client, offer, next=path))

    if response.status_code == 302:
        assert response["Location"] == page(offer)
    else:
        assert response.status_code == 422


def test_too_few_coins_lead_to_the_packs_and_back_here(fan, fan_client, offer):
    give_bonus(fan, 10)

    html = fan_client.get(page(offer), {"next": "/chat/"}).content.decode()

    assert "You need 50 coins more" in html
    assert re.search(r"Missing.*?50", html, re.DOTALL)
    assert "Unlock for" not in html
    assert hidden(html, "next") == f"{page(offer)}?next=%2Fchat%2F"
    assert 'data-state="suggested"' in html


def test_no_pack_is_said_to_be_enough_that_is_not(fan_client, creator):
    html = fan_client.get(page(make_offer(creator, price_coins=5000))).content.decode()

    assert "Enough for this" not in html
    assert html.count('class="ticket"') == 4


def test_a_spend_that_comes_too_late_is_refused_with_the_way_to_more_coins(fan, fan_client, creator, offer):
    give_paid(fan, 100)
    form = intent(fan_client, offer)
    entitle_another = make_offer(creator, price_coins=90)
    services.purchase(fan, entitle_another, key="other-device", expected_price=90)

    response = fan_client.post(page(offer), form)

    assert response.status_code == 402
    assert "Not enough coins." in response.content.decode()
    assert ledger.balance(fan) == 10


def test_a_stale_price_is_shown_anew_and_nothing_is_taken(fan, fan_client, offer):
    give_paid(fan, 100)
    form = intent(fan_client, offer)
    services.reprice_offer(offer, price_coins=80)

    response = fan_client.post(page(offer), form)

    html = response.content.decode()
    assert response.status_code == 409
    assert "The price has changed." in html
    assert "Unlock for 80 coins" in html
    assert ledger.balance(fan) == 100


@pytest.mark.parametrize(
    ("_case", "changes"),
    [
        ("negative", {"expected_price": "-60"}),
        ("huge", {"expected_price": "9" * 30}),
        ("a fraction", {"expected_price": "59.5"}),
        ("no price", {"expected_price": ""}),
        ("no key", {"key": ""}),
        ("a key with a quote", {"key": "key'--abcdefgh"}),
        ("an endless key", {"key": "k" * 65}),
        ("an endless way on", {"next": "/" + "a" * 600}),
    ],
)
def test_a_form_that_was_tampered_with_takes_nothing(fan, fan_client, offer, _case, changes):
    give_paid(fan, 100)

    response = fan_client.post(page(offer), intent(fan_client, offer, **changes))

    assert response.status_code == 422
    assert ledger.balance(fan) == 100
    assert not Transaction.objects.filter(kind="purchase").exists()


def test_extra_fields_change_nothing(fan, fan_client, stranger, offer):
    give_paid(fan, 100)
    extra = {"price_coins": "1", "balance": "9999", "user": stranger.pk, "seller": stranger.pk}

    fan_client.post(page(offer), intent(fan_client, offer, **extra))

    offer.refresh_from_db()
    assert (ledger.balance(fan), offer.price_coins) == (40, 60)
    assert not entitlements.has(stranger, offer)


def test_a_key_used_elsewhere_is_a_conflict(fan, fan_client, creator, offer):
    give_paid(fan, 200)
    form = intent(fan_client, offer)
    fan_client.post(page(offer), form)

    response = fan_client.post(page(make_offer(creator)), form)

    assert response.status_code == 409
    assert ledger.balance(fan) == 140


def test_minors_are_told_and_not_asked(fan, fan_client, offer):
    give_bonus(fan, 100)
    fan.birth_on = date(2012, 1, 1)
    fan.save()

    html = fan_client.get(page(offer)).content.decode()
    response = fan_client.post(page(offer), {"key": "a-good-key", "expected_price": "60"})

    assert "Buying is for adults only" in html
    assert "Unlock for" not in html
    assert response.status_code == 403
    assert ledger.balance(fan) == 100


def test_the_seller_sees_that_it_is_their_own(creator_client, offer):
    assert "You made this" in creator_client.get(page(offer)).content.decode()


def test_what_was_put_away_does_not_exist_for_strangers(creator_client, stranger_client, offer):
    services.set_on_sale(offer, is_active=False)

    assert stranger_client.get(page(offer)).status_code == 404
    assert stranger_client.post(page(offer), {"key": "a-good-key", "expected_price": "60"}).status_code == 404
    assert creator_client.get(page(offer)).status_code == 200


def test_an_owner_still_sees_what_was_put_away(fan, fan_client, offer):
    entitle(fan, offer)
    services.set_on_sale(offer, is_active=False)

    assert "This is yours" in fan_client.get(page(offer)).content.decode()


def test_visitors_sign_in_first(client, offer):
    response = client.get(page(offer))

    assert response.status_code == 302
    assert response["Location"].startswith("/account/login/?next=/wallet/offers/")
