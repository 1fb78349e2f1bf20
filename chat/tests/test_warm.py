"""The prompt's front is given to the model when a chat is opened: once, however often the page is loaded."""

from __future__ import annotations

import pytest
from django.urls import reverse

from chat import services
from chat.tests.factories import talk


def load(client, conversation):
    assert client.get(reverse("chat:conversation", args=[conversation.public_id])).status_code == 200


def test_opening_a_chat_warms_its_prompt_once(fan_client, conversation, model):
    fake = model()

    for _ in range(3):
        load(fan_client, conversation)

    assert len(fake.warmed) == 1


def test_what_is_warmed_is_what_the_next_prompt_begins_with(fan_client, conversation, model):
    fake = model(reply="Sit.")
    load(fan_client, conversation)

    talk(conversation, "hello")

    (warmed,) = fake.warmed
    assert len(warmed) > 0
    assert fake.calls[0].messages[: len(warmed)] == warmed


def test_each_chat_is_warmed_for_itself(fan_client, conversation, model):
    fake = model()
    other = services.start_conversation(conversation.fan, conversation.character, afresh=True)

    for chat in (conversation, other, conversation, other):
        load(fan_client, chat)

    assert len(fake.warmed) == 2


@pytest.mark.parametrize("address", ["chat:log", "chat:head"])
def test_what_a_page_asks_later_warms_nothing(fan_client, conversation, model, address):
    fake = model()

    answer = fan_client.get(reverse(address, args=[conversation.public_id]))

    assert (answer.status_code, fake.warmed) == (200, [])


def test_a_stranger_warms_nothing(stranger_client, conversation, model):
    fake = model()

    answer = stranger_client.get(reverse("chat:conversation", args=[conversation.public_id]))

    assert (answer.status_code, fake.warmed) == (404, [])
