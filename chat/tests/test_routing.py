"""Who asks which model, and what it costs: tables."""

from __future__ import annotations

import pytest

from chat.route import Route, choose
from chat.routing import route_of
from chat.usage import FREE, Price, Tally, Usage, price_of

ALL = ("default", "fast", "judge", "fallback", "large")


@pytest.mark.parametrize(
    ("_case", "table", "known", "tier", "purpose", "aliases"),
    [
        ("one model for all", {}, ("default",), "free", "reply", ("default",)),
        ("a fallback is asked second", {}, ALL, "free", "reply", ("default", "fallback")),
        ("drafts are quick", {}, ALL, "member", "draft", ("fast", "default", "fallback")),
        ("rewriting is quick", {}, ALL, "free", "rewrite", ("fast", "default", "fallback")),
        ("a judge judges", {}, ALL, "free", "judge", ("judge", "default")),
        ("one list for all", {"reply": ["large", "default"]}, ALL, "free", "reply", ("large", "default")),
        ("by tier", {"reply": {"member": ["large"], "free": ["fast"]}}, ALL, "member", "reply", ("large",)),
        ("another tier", {"reply": {"member": ["large"], "free": ["fast"]}}, ALL, "free", "reply", ("fast",)),
        ("a tier nobody named", {"reply": {"member": ["large"]}}, ALL, "free", "reply", ("default", "fallback")),
        ("said twice", {"reply": ["fast", "fast", "large"]}, ALL, "free", "reply", ("fast", "large")),
        ("an alias that is gone", {"reply": ["gone", "fast"]}, ALL, "free", "reply", ("fast",)),
        ("nothing left", {"reply": ["gone"]}, ALL, "free", "reply", ("default",)),
    ],
)
def test_a_route_is_chosen(_case, table, known, tier, purpose, aliases):
    assert choose(table, known, tier=tier, purpose=purpose) == aliases


def test_a_route_follows_the_settings(settings):
    settings.CHAT_MODELS = dict.fromkeys(ALL, settings.CHAT_MODELS["default"])
    settings.CHAT_ROUTES = {"reply": {"member": ["large", "default"]}}

    assert route_of(tier="member", adapter="mira") == Route(("large", "default"), "mira", "member")
    assert route_of(tier="free", adapter="mira") == Route(("default", "fallback"), "mira", "free")
    assert route_of(tier="member", adapter="mira", purpose="judge") == Route(("judge", "default"), "", "member")


@pytest.mark.parametrize(
    ("_case", "names", "price"),
    [
        ("the whole name", ("host/m",), Price(1, 2)),
        ("without its vendor", ("other/m",), Price(3, 4)),
        ("the adapter before its base", ("host/mira", "host/m"), Price(5, 6)),
        ("the alias last", ("host/unknown", "default"), Price(7, 8)),
        ("not in the table", ("host/unknown", "fast"), FREE),
    ],
)
def test_a_price_is_found(_case, names, price):
    table = {
        "host/m": {"prompt": 1, "completion": 2},
        "m": {"prompt": 3, "completion": 4},
        "mira": {"prompt": 5, "completion": 6},
        "default": {"prompt": 7, "completion": 8},
    }

    assert price_of(names, table) == price


@pytest.mark.parametrize(
    ("_case", "price", "tokens", "micros"),
    [
        ("free", FREE, (1000, 1000), 0),
        ("a thousand of each", Price(150, 600), (1000, 1000), 750),
        ("rounded up", Price(150, 600), (1, 1), 1),
        ("parts of a millionth", Price(37.5, 0), (4000, 9), 150),
    ],
)
def test_tokens_have_their_price(_case, price, tokens, micros):
    assert price.of(*tokens) == micros


def test_all_tries_are_summed():
    tally = Tally()

    tally.add(Usage(100, 20, 7))
    tally.add(Usage(100, 30, 9))

    assert tally.usage == Usage(200, 50, 16)
