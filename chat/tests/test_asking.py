"""Who is asked when the first choice fails: aliases, one repetition, adapters, breakers, and what each try cost."""

from __future__ import annotations

import json

import pytest

from chat import asking, generation
from chat.asking import after
from chat.route import Route
from chat.usage import Tally, Usage
from companion_site.providers import chat_models
from companion_site.providers.base import ChatMessage, ModelError, Sampling
from companion_site.providers.health import health, troubles

HELLO = (ChatMessage("user", "Hello there."),)
FAKE = "companion_site.providers.fake.FakeChatModel"


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    asking._missing.clear()


@pytest.fixture
def models(settings):
    """Script several models: `models(default={"fail_with": "connect"}, fallback={"reply": "Hi."})`."""

    def script(**aliases):
        rows = {"default": {}, **aliases}
        settings.CHAT_MODELS = {alias: {"BACKEND": FAKE, "OPTIONS": options} for alias, options in rows.items()}
        return chat_models

    return script


async def ask(*aliases: str, adapter: str = "") -> tuple[str, str, Tally]:
    """Return what was said, the kind of the error, and the tally."""
    tally, said, kind = Tally(), "", ""
    try:
        async for chunk in asking.stream(Route(aliases, adapter), tally, lambda name: (HELLO, Sampling())):
            said += chunk.text
    except ModelError as error:
        kind = error.kind
    return said, kind, tally


def outcomes(tally: Tally) -> list[tuple[str, str]]:
    return [(row["alias"], row["outcome"]) for row in tally.tries]


@pytest.mark.parametrize(
    ("_case", "kind", "facts", "step"),
    [
        ("another one is at once", "connect", {"has_other": True}, "other"),
        ("another one even for a refused request", "refused", {"has_other": True}, "other"),
        ("another one after one time-out", "timeout", {"has_other": True, "timeouts": 1}, "other"),
        ("nobody after two time-outs", "timeout", {"has_other": True, "timeouts": 2}, "end"),
        ("a full server once more", "limit", {}, "again"),
        ("a restarting server once more", "server", {}, "again"),
        ("a lost connection once more", "broken", {}, "again"),
        ("nobody there once more", "connect", {}, "again"),
        ("not twice", "connect", {"may_repeat": False}, "end"),
        ("not after a long wait", "server", {"seconds": 1.1}, "end"),
        ("not after a time-out", "timeout", {"seconds": 20.0, "timeouts": 1}, "end"),
        ("a key does not get better", "auth", {}, "end"),
        ("nor does the request", "refused", {}, "end"),
        ("nor the name of the model", "missing", {}, "end"),
    ],
)
def test_what_follows_a_failure(_case, kind, facts, step):
    usual = {"seconds": 0.1, "has_other": False, "may_repeat": True, "timeouts": 0}

    assert after(kind, **{**usual, **facts}) == step


async def test_the_next_alias_is_asked_at_once(models):
    found = models(default={"fail_with": "server"}, fallback={"reply": "I am here."})

    said, kind, tally = await ask("default", "fallback")

    assert (said, kind) == ("I am here.", "")
    assert outcomes(tally) == [("default", "server"), ("fallback", "answered")]
    assert len(found["default"].calls) == 1


async def test_the_only_alias_is_asked_twice_and_no_more(models):
    found = models(default={"fail_with": "limit"})

    _, kind, tally = await ask("default")

    assert kind == "limit"
    assert outcomes(tally) == [("default", "limit"), ("default", "limit")]
    assert len(found["default"].calls) == 2


async def test_all_in_all_one_request_is_made_twice(models):
    found = models(default={"fail_with": "server"}, second={"fail_with": "server"}, third={"fail_with": "server"})

    _, kind, tally = await ask("default", "second", "third")

    assert kind == "server"
    assert [alias for alias, _ in outcomes(tally)] == ["default", "second", "third", "third"]
    assert [len(found[alias].calls) for alias in ("default", "second", "third")] == [1, 1, 2]


async def test_nobody_else_speaks_after_the_first_word(models):
    found = models(default={"reply": "One two three.", "fail_with": "stalled", "fail_after": 1}, fallback={})

    said, kind, tally = await ask("default", "fallback")

    assert (said, kind) == ("One", "stalled")
    assert outcomes(tally) == [("default", "stalled")]
    assert found["fallback"].calls == []


async def test_a_dead_alias_is_left_in_peace_after_five_failures(models):
    found = models(default={"fail_with": "connect"}, fallback={"reply": "Hi."})
    for _ in range(5):
        await ask("default", "fallback")

    said, _, tally = await ask("default", "fallback")

    assert said == "Hi."
    assert outcomes(tally) == [("default", "resting"), ("fallback", "answered")]
    assert len(found["default"].calls) == 5
    assert [(trouble.alias, trouble.state, trouble.reason) for trouble in troubles()] == [
        ("default", "open", "connect")
    ]


async def test_when_all_rest_the_answer_is_no_at_once(models):
    found = models(default={"fail_with": "auth"})
    for _ in range(5):
        await ask("default")

    assert (await ask("default"))[:2] == ("", "resting")
    assert len(found["default"].calls) == 5


async def test_a_rested_alias_is_probed_once_and_answers_again(models):
    found = models(default={"fail_with": "connect"})
    for _ in range(3):
        await ask("default")
    assert health["default"].state == "open"
    found["default"].fail_with = ""
    health["default"].opened_at -= 10.0  # ten seconds pass

    said, _, tally = await ask("default")

    assert said
    assert tally.tries[0]["probe"] is True
    assert health["default"].state == "closed"
    assert list(troubles()) == []


async def test_a_request_that_is_refused_does_not_count_against_the_server(models):
    models(default={"fail_with": "refused"})

    for _ in range(9):
        await ask("default")

    assert health["default"].state == "closed"


async def test_a_fan_who_leaves_in_mid_reply_says_nothing_of_the_server(models):
    models(default={"reply": "One two three."})
    tally = Tally()
    stream = asking.stream(Route(), tally, lambda name: (HELLO, Sampling()))
    await anext(stream)

    await stream.aclose()

    assert outcomes(tally) == [("default", "cut")]
    assert health["default"].state == "closed"


async def test_a_character_s_adapter_is_asked_for_by_name(models):
    found = models(default={"adapters": ["mira"], "reply": "Hi."})

    _, _, tally = await ask("default", adapter="mira")

    assert found["default"].calls[0].sampling.adapter == "mira"
    assert tally.tries[0]["model"] == "fake/mira"


async def test_a_server_without_the_adapter_lends_its_base_model_and_is_not_asked_again(models):
    found = models(default={"adapters": ["mira"], "reply": "Hi."})

    first, _, tally = await ask("default", adapter="someone")
    second, _, _ = await ask("default", adapter="someone")

    assert (first, second) == ("Hi.", "Hi.")
    assert outcomes(tally) == [("default", "missing"), ("default", "answered")]
    assert [row["model"] for row in tally.tries] == ["fake/someone", "fake/echo"]
    assert [call.sampling.adapter for call in found["default"].calls] == ["someone", "", ""]
    assert health["default"].state == "closed"


async def test_a_server_that_takes_no_adapters_is_not_told_of_them(models):
    found = models(default={"reply": "Hi."})

    await ask("default", adapter="mira")

    assert found["default"].calls[0].sampling.adapter == ""


async def test_tokens_are_counted_and_priced_for_every_try(models, settings):
    models(default={"reply": "One two three.", "fail_with": "broken", "fail_after": 2})
    settings.CHAT_PRICES = {"fake/echo": {"prompt": 1000, "completion": 2000}}

    _, _, tally = await ask("default")

    # Two words came before it broke: nobody counted them, so they are estimated.
    assert tally.tries[0] | {"ms": 0} == {
        "alias": "default",
        "model": "fake/echo",
        "outcome": "broken",
        "ms": 0,
        "prompt": 7,
        "completion": 2,
        "estimated": True,
    }
    assert tally.usage == Usage(7, 2, 11)


async def test_what_the_server_counts_is_believed(models):
    models(default={"reply": "One two three."})

    _, _, tally = await ask("default")

    assert (tally.usage, tally.tries[0].get("estimated")) == (Usage(2, 3, 0), None)


async def test_a_try_that_fails_before_its_first_word_costs_nothing(models, settings):
    models(default={"fail_with": "server"})
    settings.CHAT_PRICES = {"default": {"prompt": 1000, "completion": 1000}}

    _, _, tally = await ask("default")

    assert tally.usage == Usage()


async def test_a_whole_answer_goes_the_same_way(models):
    found = models(fast={"fail_with": "connect"}, default={"reply": "A draft."})
    tally = Tally()

    text = await generation.complete(Route(("fast", "default")), HELLO, Sampling(), tally=tally)

    assert text == "A draft."
    assert outcomes(tally) == [("fast", "connect"), ("default", "answered")]
    assert tally.usage == Usage(2, 2, 0)
    assert len(found["fast"].calls) == 1


async def test_a_whole_answer_obeys_its_schema(models):
    models()
    schema = {"type": "object", "properties": {"score": {"type": "integer"}}}

    assert json.loads(await generation.complete(Route(), HELLO, Sampling(), json_schema=schema)) == {"score": 0}


async def test_a_whole_answer_nobody_gives_is_an_error(models):
    models(default={"fail_with": "auth"})

    with pytest.raises(ModelError) as caught:
        await generation.complete(Route(), HELLO, Sampling())

    assert caught.value.kind == "auth"


def test_the_model_that_would_answer_now_is_named(models):
    models(default={"name": "large/one"}, fallback={"name": "small/one"})
    route = Route(("default", "fallback"))
    assert generation.model(route).name == "large/one"

    for _ in range(5):
        health["default"].fail(health["default"].admit(0.0), 0.0, "connect")
    health["default"].opened_at = float("inf")

    assert generation.model(route).name == "small/one"
