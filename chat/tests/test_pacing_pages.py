"""The pace on the page and over the API: the same bubbles live and afterwards, each character in its own way."""

from __future__ import annotations

import html
import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from characters.tests.factories import live
from chat import services
from chat.pacing import Pace, as_data
from chat.scenes import presets
from chat.tests.factories import say, talk

LONG = "You came back to me after all. I was beginning to think the rain had kept you. Sit, there is tea on the stove."
PIECES = [
    "You came back to me after all.",
    "I was beginning to think the rain had kept you.",
    "Sit, there is tea on the stove.",
]


def log(client, conversation):
    return client.get(reverse("chat:log", args=[conversation.public_id])).content.decode()


def bubbles(page):
    """Return what stands in the bubbles of the last message."""
    last = page.rsplit("<article", 1)[1]
    return [
        html.unescape(re.sub("<[^>]+>", "", row)) for row in re.findall(r'<p class="bubble" dir="auto">(.*?)</p>', last)
    ]


def live_pace(page):
    return json.loads(html.unescape(re.search(r'data-pace="([^"]+)"', page)[1]))


def test_a_long_reply_is_shown_in_the_bubbles_it_came_in(fan_client, conversation, model):
    model(reply=LONG)

    talk(conversation, "hello")

    assert bubbles(log(fan_client, conversation)) == PIECES


def test_the_page_of_a_running_reply_brings_its_pace(fan_client, conversation):
    say(conversation, "hello")

    page = log(fan_client, conversation)

    assert live_pace(page) == as_data(presets()["story"].pace)
    assert re.search(r'data-age="[01]"', page)


def test_a_message_keeps_the_pace_of_the_scene_it_was_said_in(fan_client, conversation, model):
    model(reply=LONG)
    talk(conversation, "hello")

    services.choose_scene(conversation, "knowledge")
    before = bubbles(log(fan_client, conversation))
    talk(conversation, "hello again", "client-0002")

    assert before == PIECES
    assert bubbles(log(fan_client, conversation)) == [LONG]


def test_a_greeting_is_shown_as_it_was_written(fan_client, creator, fan, mira):
    conversation = services.start_conversation(fan, mira)

    greeting = conversation.messages.get(position=0)
    assert greeting.scene == ""
    assert bubbles(log(fan_client, conversation))[0].count(".") == greeting.text.count(".")


@pytest.mark.parametrize(
    ("_case", "pace", "pieces", "slow"),
    [
        ("slowly", {"speed": "slow"}, PIECES, 1.4),
        ("in one piece", {"bubbles": "whole"}, [LONG], 1.0),
        ("quickly, in one piece", {"speed": "quick", "bubbles": "whole", "x": 1}, [LONG], 0.7),
        ("a pace nobody knows", {"speed": ["fast"], "bubbles": 3}, PIECES, 1.0),
    ],
)
def test_a_character_answers_in_its_own_way(_case, pace, pieces, slow, creator, fan, fan_client, model):
    conversation = services.start_conversation(fan, live(creator, "Ada", pace=pace))
    model(reply=LONG)

    talk(conversation, "hello")
    shown = bubbles(log(fan_client, conversation))
    say(conversation, "more", "client-0002")

    assert shown == pieces
    told = live_pace(log(fan_client, conversation))
    assert told["pause_seconds"] == pytest.approx(Pace().pause_seconds * slow, abs=1e-3)
    assert (told["bubbles_most"] == 1) is (pieces == [LONG])


def test_a_rehearsal_has_the_pace_of_the_draft(creator, creator_client, mira, model):
    rehearsal = services.start_conversation(creator, mira, rehearsal=True)
    model(reply=LONG)
    talk(rehearsal, "hello")
    before = bubbles(log(creator_client, rehearsal))

    mira.card["extensions"]["cardia"]["pace"] = {"bubbles": "whole"}
    mira.save(update_fields=["card"])

    assert before == PIECES
    assert bubbles(log(creator_client, rehearsal)) == [LONG]


def test_what_fans_see_is_the_pace_of_the_version_they_talk_with(fan_client, conversation, mira, model):
    mira.card["extensions"]["cardia"]["pace"] = {"bubbles": "whole"}
    mira.save(update_fields=["card"])
    model(reply=LONG)

    talk(conversation, "hello")

    assert bubbles(log(fan_client, conversation)) == PIECES


def test_the_pace_costs_no_query_of_its_own(fan_client, conversation, model):
    model(reply=LONG)
    talk(conversation, "hello")
    log(fan_client, conversation)

    with CaptureQueriesContext(connection) as asked:
        log(fan_client, conversation)

    assert len(asked) > 0
    assert not [query["sql"] for query in asked if 'FROM "characters_characterversion"' in query["sql"]]


@pytest.mark.parametrize("wish", ["natural", "at_once"])
def test_the_page_knows_how_its_fan_wants_replies(fan, fan_client, conversation, wish):
    fan.pace = wish
    fan.save(update_fields=["pace"])

    page = fan_client.get(reverse("chat:conversation", args=[conversation.public_id])).content.decode()

    assert f'data-reads="{wish}"' in page


def test_the_scenes_say_their_pace(fan_client, conversation):
    told = {scene["name"]: scene["pace"] for scene in fan_client.get(reverse("v1:chat:scenes")).json()}
    page = fan_client.get(reverse("chat:conversation", args=[conversation.public_id])).content.decode()

    assert told["elder"] == as_data(presets()["elder"].pace)
    assert told["knowledge"]["hold_seconds"] == 0
    assert re.search(r'<option value="elder">[^<]+ · slow</option>', page)
