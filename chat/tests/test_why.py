"""Why did it say that? What a fan is told of a reply, and what nobody is."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from chat import services
from chat.tests.factories import live_with, talk
from chat.tests.prompts import entry
from chat.why import why

BOOK = {
    "extensions": {},
    "entries": [
        entry("harbour", content="The harbour keeps secrets.", name="Harbour", id=1),
        entry("HARBOUR", content="A rare word.", name="Dice", id=2, extensions={"probability": 0}),
        entry(content="Lamps have names.", name="Lamps", id=3),
        entry("never said", content="Nobody hears this.", name="Asleep", id=4),
    ],
}


@pytest.fixture
def reply(fan, creator, model):
    model(reply="The third shelf.")
    conversation = services.start_conversation(fan, live_with(creator, character_book=BOOK))
    return talk(conversation, "What of the harbour?")


def test_the_story_of_the_lorebook_is_told(reply):
    told = {lore.name: (lore.kept, lore.key, lore.message) for lore in why(reply).lore}

    assert told == {
        "Harbour": (True, "harbour", 0),
        "Lamps": (True, "", None),
        "Dice": (False, "HARBOUR", 0),
    }


def test_the_panel_names_entries_keys_and_shares_but_no_text_of_the_book(fan_client, reply):
    html = fan_client.get(reverse("chat:why", args=[reply.public_id])).content.decode()

    for words in (
        "Harbour",
        "“harbour” in your last message",
        "The dice said no",
        "Lore after the card",
        "preset default",
    ):
        assert words in html
    for secret in ("keeps secrets", "Asleep", "Nobody hears this"):
        assert secret not in html


def test_the_trace_of_the_api_leaves_the_replay_out(fan_client, reply):
    answer = fan_client.get(reverse("v1:chat:trace", args=[reply.public_id])).json()

    assert answer["preset"] == "default"
    assert [row["name"] for row in answer["trace"]["lore"]] == ["Harbour", "Lamps", "Dice"]
    assert "replay" not in answer["trace"]
    assert answer["trace"]["prompt"]["parts"]["worldInfoAfter"] > 0


def test_an_old_reply_without_a_lorebook_trace_still_has_its_story(fan_client, reply):
    reply.trace = {"lore": [{"name": "Old", "reason": "empty", "kept": False}, "odd"], "prompt": 7}
    reply.save(update_fields=["trace"])

    assert fan_client.get(reverse("chat:why", args=[reply.public_id])).status_code == 200
    assert [(lore.name, lore.reason) for lore in why(reply).lore] == [("Old", "")]


def test_who_was_asked_is_told_where_the_first_one_did_not_answer(fan, fan_client, creator, settings):
    fake = "companion_site.providers.fake.FakeChatModel"
    settings.CHAT_MODELS = {
        "default": {"BACKEND": fake, "OPTIONS": {"fail_with": "connect", "name": "large/one"}},
        "fallback": {"BACKEND": fake, "OPTIONS": {"reply": "The third shelf.", "name": "small/two"}},
    }
    settings.CHAT_PRICES = {"fallback": {"completion": 1000}}
    reply = talk(services.start_conversation(fan, live_with(creator)), "Where is it?")

    html = fan_client.get(reverse("chat:why", args=[reply.public_id])).content.decode()

    assert [(asked.alias, asked.model, str(asked.outcome)) for asked in why(reply).asked] == [
        ("default", "large/one", "could not be reached"),
        ("fallback", "small/two", "answered"),
    ]
    for words in ("“default” could not be reached", "“fallback” answered", "small/two"):
        assert words in html
    # What it cost is the operator's business.
    assert "cost" not in json.dumps(reply.trace)


def test_a_model_that_answers_at_once_is_named_once(reply):
    assert why(reply).asked == []
    assert [row["outcome"] for row in reply.trace["models"]] == ["answered"]
