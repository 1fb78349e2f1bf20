"""Directing and drafting on the page and over the API, and the scenes a conversation may play in."""

from __future__ import annotations

import pytest
from django.urls import reverse

from chat.models import Message
from chat.tests.factories import reload, say

RAIN = {"text": "Let it begin to rain.", "client_id": "client-0001"}


def page(name: str, conversation) -> str:
    return reverse(f"chat:{name}", args=[conversation.public_id])


def api(name: str, conversation) -> str:
    return reverse(f"v1:chat:{name}", args=[conversation.public_id])


def test_a_script_gets_the_stage_note_and_the_reply(fan_client, conversation, model):
    model(reply="*looks up*")

    answer = fan_client.post(page("direct", conversation), RAIN, headers={"HX-Request": "true"})

    html = answer.content.decode()
    assert answer.status_code == 200
    assert 'class="direction"' in html
    assert "Let it begin to rain." in html
    assert "msg--fan" not in html
    assert Message.objects.filter(role="director").count() == 1


def test_a_form_without_script_comes_back_to_the_chat(fan_client, conversation, model):
    model(reply="*looks up*")

    answer = fan_client.post(page("direct", conversation), RAIN)

    assert answer.status_code == 302
    assert answer.url == page("conversation", conversation)
    assert "Let it begin to rain." in fan_client.get(answer.url).content.decode()


def test_the_composer_offers_all_three_ways_without_a_script(fan_client, conversation):
    html = fan_client.get(page("conversation", conversation)).content.decode()

    assert f'formaction="{page("direct", conversation)}"' in html
    assert f'formaction="{page("draft", conversation)}"' in html


def test_a_draft_comes_as_json_for_a_script_and_in_the_field_without(fan_client, conversation, model):
    model(reply="Some <tea>, please.")

    scripted = fan_client.post(page("draft", conversation), headers={"Accept": "application/json"})
    plain = fan_client.post(page("draft", conversation))

    assert scripted.json() == {"text": "Some <tea>, please."}
    assert "Some &lt;tea&gt;, please.</textarea>" in plain.content.decode()
    assert not Message.objects.filter(role="fan").exists()


def test_a_draft_that_failed_says_so_as_a_problem(fan_client, conversation, model):
    model(fail_with="timeout")

    answer = fan_client.post(page("draft", conversation), headers={"Accept": "application/json"})

    assert (answer.status_code, answer.json()["code"]) == (503, "draft_unavailable")


@pytest.mark.parametrize("name", ["direct", "draft"])
def test_a_stranger_neither_directs_nor_drafts(stranger_client, conversation, name):
    assert stranger_client.post(page(name, conversation), RAIN).status_code == 404
    assert not Message.objects.filter(role="director").exists()


@pytest.mark.parametrize("name", ["direct", "draft"])
def test_nobody_is_led_to_the_door(client, conversation, name):
    assert client.post(page(name, conversation), RAIN).status_code == 302


def test_the_api_directs(fan_client, conversation, model):
    model(reply="*looks up*")

    answer = fan_client.post(api("directions", conversation), RAIN, content_type="application/json")

    told = answer.json()
    assert answer.status_code == 202
    assert (told["message"]["role"], told["message"]["text"]) == ("director", "Let it begin to rain.")
    assert (told["reply"]["text"], told["reply"]["parent_id"]) == ("*looks up*", told["message"]["id"])
    again = fan_client.post(api("directions", conversation), RAIN, content_type="application/json").json()
    assert again["reply"]["id"] == told["reply"]["id"]


def test_the_api_drafts(fan_client, conversation, model):
    model(reply="Tea?")

    answer = fan_client.post(api("drafts", conversation))

    assert (answer.status_code, answer.json()) == (200, {"text": "Tea?"})


def test_the_api_does_not_draft_while_a_reply_is_being_written(fan_client, conversation):
    say(conversation, "Good evening.")

    answer = fan_client.post(api("drafts", conversation))

    assert (answer.status_code, answer.json()["code"]) == (409, "turn_in_progress")


def test_the_api_tells_the_scenes_in_both_languages(fan_client):
    told = fan_client.get(reverse("v1:chat:scenes")).json()

    assert {"story", "bedtime"} <= {scene["name"] for scene in told}
    assert all(set(scene["title"]) == {"zh-Hans", "en"} for scene in told)


def test_the_api_changes_the_scene(fan_client, stranger_client, conversation):
    change = {"scene": "bedtime"}

    refused = stranger_client.put(api("scene", conversation), change, content_type="application/json")
    unknown = fan_client.put(api("scene", conversation), {"scene": "moon"}, content_type="application/json")
    assert (refused.status_code, unknown.status_code, reload(conversation).scene) == (404, 422, "story")

    answer = fan_client.put(api("scene", conversation), change, content_type="application/json")

    assert (answer.status_code, answer.json()["scene"], reload(conversation).scene) == (200, "bedtime", "bedtime")
