"""Another model, another prompt: what a fallback of less room is given."""

from __future__ import annotations

import pytest

from chat.routing import route_of
from chat.services import open_turn
from chat.tests.factories import answer, reload, say
from companion_site.providers import chat_models
from companion_site.providers.health import health

FAKE = "companion_site.providers.fake.FakeChatModel"


@pytest.fixture
def models(settings, tmp_path):
    """A large model that is away, and the small one of the house behind it."""
    settings.VAR_DIR = tmp_path
    settings.CHAT_MODELS = {
        "default": {"BACKEND": FAKE, "OPTIONS": {"name": "cloud/large", "fail_with": "connect"}},
        "fallback": {"BACKEND": FAKE, "OPTIONS": {"name": "embedded/small", "reply": "The third shelf."}},
    }
    return chat_models


def test_a_fallback_of_less_room_gets_its_own_prompt_and_the_reply_remembers_that_one(models, conversation):
    turn, _ = answer(sent := say(conversation, "Where is the lamp oil?"), conversation)

    sent.reply.refresh_from_db()
    asked = models["default"].calls[0].messages
    given = models["fallback"].calls[0].messages
    assert len(str(given)) < len(str(asked))
    assert given == turn.prompt.messages
    assert (sent.reply.model, sent.reply.preset, sent.reply.text) == ("embedded/small", "small", turn.text)
    assert sent.reply.prompt_hash == sent.reply.trace["prompt"]["hash"] == turn.prompt.hash
    assert sent.reply.trace["replay"]["limits"]["preset"] == "small"
    assert sent.reply.trace["replay"]["moment"]["model"] == "embedded/small"


def test_the_opening_of_a_prompt_nobody_answered_is_not_said(models, conversation):
    turn, events = answer(say(conversation, "Where is the lamp oil?"), conversation)

    said = "".join(event.text for event in events)
    assert said == turn.text
    assert turn.text == f"{turn.opening}The third shelf."


def test_while_the_large_model_rests_the_turn_begins_with_the_small_prompt(models, conversation):
    for _ in range(5):
        health["default"].fail(health["default"].admit(0.0), 0.0, "connect")
    health["default"].opened_at = float("inf")

    turn, _ = answer(say(conversation, "Where is the lamp oil?"), conversation)

    assert models["default"].calls == []
    assert (turn.model, turn.prompt.preset) == ("embedded/small", "small")
    assert [row["outcome"] for row in turn.trace["models"]] == ["resting", "answered"]


def test_a_turn_takes_the_route_of_its_fan_and_the_adapter_of_its_character(models, conversation, settings):
    settings.CHAT_ROUTES = {"reply": {"member": ["fallback"]}}
    conversation.character.adapter = "mira-lora"
    conversation.character.save(update_fields=["adapter"])
    sent = say(conversation, "Where is the lamp oil?")

    free = open_turn(reload(conversation), sent.reply)
    conversation.fan.tier = "member"
    conversation.fan.save(update_fields=["tier"])
    member = open_turn(reload(conversation), sent.reply)

    assert free.route == route_of(tier="free", adapter="mira-lora")
    assert member.route == route_of(tier="member", adapter="mira-lora")
    assert (free.route.aliases, member.route.aliases) == (("default", "fallback"), ("fallback",))
