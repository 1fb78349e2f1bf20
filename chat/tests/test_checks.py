"""What an operator may get wrong about models is said before the first fan waits."""

from __future__ import annotations

import pytest
from django.core import checks

REMOTE = {"OPTIONS": {"model": "qwen", "base_url": "http://127.0.0.1:9/v1", "dialect": "vllm", "adapters": True}}


def told() -> list[str]:
    return [f"{error.id} {error.msg}" for error in checks.run_checks(tags=["models"])]


def test_the_settings_of_a_fresh_checkout_are_in_order():
    assert told() == []


def test_a_full_configuration_is_in_order(settings):
    settings.CHAT_MODELS = {**settings.CHAT_MODELS, "fast": REMOTE}
    settings.CHAT_ROUTES = {"reply": {"member": ["default", "fast"], "free": ["fast"]}, "judge": ["fast"]}
    settings.CHAT_PRICES = {"fast": {"prompt": 150, "completion": 600.5}, "127.0.0.1/qwen": {"completion": 0}}

    assert told() == []


@pytest.mark.parametrize(
    ("_case", "row", "said"),
    [
        ("no such provider", {"BACKEND": "nowhere.Model"}, "No module named 'nowhere'"),
        ("no model", {"OPTIONS": {}}, "missing 1 required positional argument: 'model'"),
        ("an unknown option", {"OPTIONS": {"model": "m", "url": "x"}}, "unexpected keyword argument 'url'"),
        ("an unknown dialect", {"OPTIONS": {"model": "m", "dialect": "x"}}, "none of openai, ollama, llama, vllm"),
        ("an unknown patience", {"OPTIONS": {"model": "m", "patience": {"first": 1}}}, "argument 'first'"),
        ("no row at all", "qwen", "has no attribute"),
    ],
)
def test_a_model_that_cannot_be_built_is_named(settings, _case, row, said):
    settings.CHAT_MODELS = {**settings.CHAT_MODELS, "fast": row}

    [error] = told()

    assert error.startswith("chat.E001 CHAT_MODELS['fast']: ")
    assert said in error


@pytest.mark.parametrize(
    ("_case", "routes", "said"),
    [
        (
            "an alias nobody has",
            {"reply": ["default", "fast"]},
            "['reply'] names fast, which CHAT_MODELS does not have",
        ),
        ("by tier", {"reply": {"member": ["fast"]}}, "['reply'] names fast, which CHAT_MODELS does not have"),
        ("a purpose nobody has", {"song": ["default"]}, "has no purpose 'song'"),
        ("a tier nobody has", {"reply": {"gold": ["default"]}}, "['reply'] has no tier 'gold'"),
        ("no list", {"reply": "default"}, "['reply'] must list aliases"),
        ("an empty list", {"reply": []}, "['reply'] must list aliases"),
        ("no table", ["default"], "must be purpose -> aliases"),
    ],
)
def test_a_route_that_leads_nowhere_is_named(settings, _case, routes, said):
    settings.CHAT_ROUTES = routes

    [error] = told()

    assert error.startswith(f"chat.E002 CHAT_ROUTES {said}")


@pytest.mark.parametrize(
    ("_case", "prices"),
    [
        ("one number", {"m": 3}),
        ("less than nothing", {"m": {"prompt": -1}}),
        ("a word", {"m": {"prompt": "cheap"}}),
        ("another name", {"m": {"input": 3}}),
        ("no table", [1]),
    ],
)
def test_a_price_that_is_none_is_named(settings, _case, prices):
    settings.CHAT_PRICES = prices

    assert [error.split()[0] for error in told()] == ["chat.E003"]
