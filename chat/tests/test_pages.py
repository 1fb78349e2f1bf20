"""What the pages of the chat draw, for a reader with and without script."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Persona
from characters import services as characters_services
from chat import services
from chat.models import Memory, Message
from chat.tests.factories import answer, say, talk


def page(client, conversation, **headers):
    response = client.get(reverse("chat:conversation", args=[conversation.public_id]), headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def log(client, conversation):
    return client.get(reverse("chat:log", args=[conversation.public_id])).content.decode()


def end(reply, status, **fields):
    Message.objects.filter(pk=reply.pk).update(status=status, **fields)


def test_the_page_says_that_it_is_an_ai_and_opens_with_the_greeting(fan_client, conversation):
    html = page(fan_client, conversation)

    assert "AI character · not a real person" in html
    assert '<em class="action">opens the door a crack</em> You are dripping on my stairs.' in html
    assert 'role="log"' in html
    assert 'aria-live="polite"' in html


def test_greetings_are_swipes_of_the_first_message(fan_client, conversation):
    html = page(fan_client, conversation)

    second = conversation.messages.get(position=1)
    assert '<span class="swipes__place num">1/2</span>' in html
    assert reverse("chat:message-select", args=[second.public_id]) in html


def test_words_are_drawn_and_markup_is_only_text(fan_client, conversation, model):
    model(reply="<script>alert(1)</script>\n*waits*")

    talk(conversation, "*sits* <b>hello</b>")

    html = log(fan_client, conversation)
    assert '<p class="bubble" dir="auto"><em class="action">sits</em> &lt;b&gt;hello&lt;/b&gt;</p>' in html
    assert "<script>alert" not in html
    assert '<p class="narration" dir="auto"><em class="action">waits</em></p>' in html


def test_a_running_reply_works_with_and_without_script(fan_client, conversation):
    sent = say(conversation, "hello")

    html = page(fan_client, conversation)

    stream = reverse("chat:reply-stream", args=[sent.reply.public_id])
    stop = reverse("chat:reply-stop", args=[sent.reply.public_id])
    assert f'data-src="{stream}"' in html
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in html
    assert re.search(rf'<form hidden id="stop" method="post" action="{stop}"', html)
    assert 'data-running="yes"' in html


@pytest.mark.parametrize(
    ("_case", "status", "fields", "words", "action"),
    [
        ("stopped", "stopped", {"text": "Well"}, "You stopped it here.", "chat:reply-continue"),
        ("cut off", "interrupted", {"text": "Well"}, "The reply was cut off.", "chat:reply-continue"),
        (
            "blocked",
            "blocked",
            {"text": "Well"},
            "The safety check of Cardia held the rest back",
            "chat:reply-regenerate",
        ),
        (
            "no model",
            "failed",
            {"text": "I am here.", "error": "model_unavailable"},
            "This line was Mira's own. Nothing was charged.",
            "chat:reply-regenerate",
        ),
        ("a fault", "failed", {"error": "server_error"}, "Something broke on our side", "chat:reply-regenerate"),
    ],
)
def test_an_unfinished_reply_says_why_and_what_to_do(fan_client, conversation, _case, status, fields, words, action):
    sent = say(conversation, "hello")
    end(sent.reply, status, **fields)

    html = log(fan_client, conversation).replace("&#x27;", "'")

    assert words in html
    assert reverse(action, args=[sent.reply.public_id]) in html


def test_a_reply_taken_down_shows_none_of_its_words(fan_client, conversation):
    reply = talk(conversation, "hello")
    end(reply, "complete", text="something terrible", removed_at=timezone.now())

    html = log(fan_client, conversation)

    assert "something terrible" not in html
    assert "A moderator took these words down." in html


def test_a_crisis_brings_the_platform_s_card_before_the_reply(fan_client, fan, conversation):
    fan.region = "CN"
    fan.save()

    reply = talk(conversation, "I want to kill myself tonight")

    html = log(fan_client, conversation)
    card = html.index("You do not have to carry this alone tonight.")
    assert "From Cardia, not from Mira" in html
    assert 'href="tel:12356"' in html
    assert html.index("kill myself tonight") < card < html.index(f'id="m-{reply.public_id}"')


def test_the_room_shows_the_price_to_a_fan_and_nothing_to_pay_to_its_creator(
    fan_client, creator_client, creator, conversation
):
    before = page(fan_client, conversation)
    here = reverse("chat:conversation", args=[conversation.public_id])
    offer = conversation.character.storylines.get().offer

    assert f"{reverse('billing:offer', args=[offer.public_id])}?next={here.replace('/', '%2F')}" in before
    assert "Who lit it before her?" in before

    own = page(creator_client, services.start_conversation(creator, conversation.character))

    assert "Unlocked. Ask about it." in own
    assert reverse("billing:offer", args=[offer.public_id]) not in own


def test_a_memory_names_its_day_and_its_message_and_can_be_forgotten(fan_client, fan, conversation):
    sent = say(conversation, "my stomach hurts")
    Memory.objects.create(
        fan=fan,
        character=conversation.character,
        message=sent.message,
        kind=Memory.Kind.HEALTH,
        text="stomach hurts",
        language="en",
        told_at=timezone.now() - timedelta(days=1),
    )

    html = fan_client.get(reverse("chat:memories", args=[conversation.public_id])).content.decode()

    assert "told yesterday" in html
    assert f"#m-{sent.message.public_id}" in html
    assert 'aria-label="Forget: stomach hurts"' in html
    assert '<b class="num" data-memories>1</b>' in page(fan_client, conversation)


def test_another_tab_is_told_where_the_conversation_stands(fan_client, conversation):
    before = fan_client.get(reverse("chat:head", args=[conversation.public_id])).json()
    sent = say(conversation, "hello")

    after = fan_client.get(reverse("chat:head", args=[conversation.public_id])).json()

    assert before["running"] is False
    assert after == {"head": f"{sent.reply.public_id}.1", "running": True, "memories": 0}


def test_why_tells_mood_model_and_time_but_no_prompt(fan_client, conversation, model):
    model(reply="Sit.")
    reply = talk(conversation, "I am so sad, I cried all day")

    html = fan_client.get(reverse("chat:why", args=[reply.public_id]), headers={"HX-Request": "true"}).content.decode()

    assert "sadness" in html
    assert "fake/echo" in html
    assert "Until its first word" in html
    assert "Its first line came at once, of its own: “sits beside you I am here.”" in html
    assert "She counts ships" not in html


def test_an_edit_form_keeps_the_words_and_works_as_a_page(fan_client, conversation):
    reply = talk(conversation, "first words")
    fan_message = reply.parent

    html = fan_client.get(reverse("chat:message-edit", args=[fan_message.public_id])).content.decode()

    assert ">first words</textarea>" in html
    assert 'name="client_id"' in html
    assert "Say it this way" in html


def test_a_character_who_left_can_be_read_but_not_spoken_to(fan_client, creator, conversation):
    characters_services.take_down(conversation.character)

    html = page(fan_client, conversation)

    assert "Mira is not in the park at the moment." in html
    assert 'name="text"' not in html
    assert reverse("chat:export", args=[conversation.public_id]) in html


def test_the_list_shows_last_words_without_stars(fan_client, conversation, model):
    model(reply="*pours tea* Sit.")
    talk(conversation, "hello")

    html = fan_client.get(reverse("chat:list")).content.decode()

    assert "pours tea Sit." in html
    assert reverse("chat:conversation", args=[conversation.public_id]) in html


def test_an_empty_list_leads_to_somebody(fan_client):
    html = fan_client.get(reverse("chat:list")).content.decode()

    assert "Nobody is waiting for you yet" in html
    assert reverse("characters:discover") in html


def test_a_scene_is_chosen_by_its_name_and_nothing_else(fan_client, conversation):
    href = reverse("chat:scene", args=[conversation.public_id])

    chosen = fan_client.post(href, {"scene": "bedtime"})
    refused = fan_client.post(href, {"scene": "casino"})

    conversation.refresh_from_db()
    assert chosen.status_code == 302
    assert refused.status_code == 422
    assert conversation.scene == "bedtime"


def test_earlier_words_are_one_link_away_without_script(fan_client, conversation, model):
    model(reply="Sit.")
    replies = [talk(conversation, f"line {n}", f"client-{n:04}") for n in range(3)]

    html = fan_client.get(
        reverse("chat:conversation", args=[conversation.public_id]), {"before": str(replies[2].parent.public_id)}
    ).content.decode()

    assert "line 1" in html
    assert "line 2" not in html


@pytest.mark.parametrize("before", ["nonsense", "00000000-0000-7000-8000-000000000000"])
def test_earlier_than_nothing_is_not_found(fan_client, conversation, before):
    response = fan_client.get(reverse("chat:log", args=[conversation.public_id]), {"before": before})

    assert response.status_code == 404


def test_a_page_of_many_words_costs_no_more_queries_than_one(
    fan_client, fan, conversation, model, django_assert_max_num_queries
):
    model(reply="Sit.")
    Persona.objects.create(user=fan, name="Yao", is_default=False)
    for number in range(4):
        answer(say(conversation, f"line {number}", f"client-{number:04}"), conversation)

    with django_assert_max_num_queries(20):
        page(fan_client, conversation)
