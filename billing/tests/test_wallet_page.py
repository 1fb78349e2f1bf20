from __future__ import annotations

import re
from datetime import date

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import reverse

from billing import services
from billing.context import wallet as wallet_context
from billing.gateways import fake_till
from billing.gateways.fake_till import Card
from billing.statements import describe, statement
from billing.templatetags.money import money
from billing.tests.factories import entitle, give_bonus, give_paid

WALLET = "/wallet/"


def test_the_wallet_shows_coins_packs_and_what_became_of_them(fan, fan_client, offer, order):
    fake_till.pay(order.checkout_id, Card.SUCCESS)
    services.fulfil(order)
    give_bonus(fan, 50)
    services.purchase(fan, offer, key="first-key", expected_price=60)

    html = fan_client.get(WALLET).content.decode()

    assert re.findall(r'<b class="list__title">([^<]*)</b>', html) == [
        "Unlocked “Listening to Snow”",
        "A welcome gift from the park",
        "Bought 300 coins",
    ]
    assert re.findall(r'statement__change num" data-sign="(\w+)">([^<]*)<', html) == [
        ("out", "−60"),
        ("in", "+50"),
        ("in", "+320"),
    ]
    assert "20 bonus coins included" in html
    assert html.count('action="/wallet/checkouts/"') == 4
    assert "CN¥28.00" in html


def test_an_empty_wallet_says_what_will_be_written_there(fan_client):
    html = fan_client.get(WALLET).content.decode()

    assert "Nothing yet" in html


def test_each_line_says_what_was_left_page_after_page(fan, offer):
    give_bonus(fan, 30)
    give_paid(fan, 100)
    entitle(fan, offer)

    first = statement(fan, limit=2)
    second = statement(fan, before=first.older, limit=2)

    assert [(line.amount, line.balance) for line in first.lines] == [(-60, 130), (60, 190)]
    assert [(line.amount, line.balance) for line in second.lines] == [(100, 130), (30, 30)]
    assert (first.older, second.older) == (first.lines[-1].id, None)


def test_a_statement_costs_the_same_on_every_page(fan, django_assert_num_queries):
    for _ in range(30):
        give_bonus(fan, 1)
    first = statement(fan)

    with django_assert_num_queries(2):
        statement(fan)
    with django_assert_num_queries(3):
        assert len(statement(fan, before=first.older).lines) == 10


def test_older_lines_come_as_a_page_or_as_a_fragment(fan, fan_client):
    for _ in range(21):
        give_bonus(fan, 1)
    older = statement(fan).older

    whole = fan_client.get(WALLET, {"before": older}).content.decode()
    fragment = fan_client.get(WALLET, {"before": older}, headers={"HX-Request": "true"}).content.decode()

    assert "Back to the latest" in whole
    assert whole.count("statement__line") == fragment.count("statement__line") == 1
    assert "<html" not in fragment


@pytest.mark.parametrize("before", ["nonsense", "0f1e2d3c-4b5a-4697-8877-665544332211"])
def test_an_unknown_place_in_the_history_is_no_error(fan, fan_client, before):
    give_bonus(fan, 1)

    assert fan_client.get(WALLET, {"before": before}).status_code == 200


def test_nobody_reads_the_history_of_another(fan, stranger, stranger_client):
    give_bonus(fan, 77)
    line = statement(fan).lines[0]

    html = stranger_client.get(WALLET, {"before": line.id}).content.decode()

    assert "statement__line" not in html
    assert statement(stranger).lines == statement(stranger, before=line.id).lines == []


def test_minors_see_no_packs(fan, fan_client):
    fan.birth_on = date(2012, 1, 1)
    fan.save()

    html = fan_client.get(WALLET).content.decode()

    assert "adults only" in html
    assert 'action="/wallet/checkouts/"' not in html


def test_the_header_asks_for_the_balance_once_and_only_if_shown(fan, django_assert_num_queries):
    give_bonus(fan, 9)
    request = RequestFactory().get("/")
    request.user = fan

    with django_assert_num_queries(0):
        context = wallet_context(request)
    with django_assert_num_queries(1):
        html = Template("{{ coins }} {{ coins }}").render(Context(context))

    assert html == "9 9"


def test_visitors_have_no_coins_and_cost_no_query(django_assert_num_queries):
    request = RequestFactory().get("/")
    request.user = AnonymousUser()

    with django_assert_num_queries(0):
        assert wallet_context(request)["coins"]() == 0


@pytest.mark.parametrize(
    ("minor", "currency", "words"), [(600, "cny", "CN¥6.00"), (399, "usd", "$3.99"), (500, "jpy", "¥500")]
)
def test_money_is_written_with_its_own_decimals(minor, currency, words):
    assert money(minor, currency) == words


def test_what_is_taken_back_is_told():
    assert describe("reversal", {"title": "Snow"}) == "Taken back: Snow"
    assert describe("grant", {"reason": "Winner of the autumn fair"}) == "Winner of the autumn fair"


def test_visitors_sign_in_first(client):
    assert client.get(reverse("billing:wallet"))["Location"] == "/account/login/?next=/wallet/"
