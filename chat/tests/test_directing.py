"""A stage direction: accepted like a message, stored as nobody's words, answered by a reply that follows it."""

from __future__ import annotations

import pytest

from characters import services as characters
from chat import services
from chat.exceptions import CharacterAway, MessageEmpty, MessageTooLong, MessageUnreadable, TurnInProgress
from chat.models import Memory, Message
from chat.tests.factories import answer, reload, say, talk
from companion_site.core.exceptions import TooManyRequests
from moderation.exceptions import MessageBlocked
from moderation.models import Case
from moderation.subjects import load


def direct(conversation, text: str, client_id: str = "client-0001"):
    found = reload(conversation)
    return services.direct(found, found.fan, text=text, client_id=client_id)


def test_a_direction_is_stored_with_a_pending_reply_under_it(conversation):
    sent = direct(conversation, "Let it begin to rain.")

    assert (sent.message.role, sent.message.depth, sent.message.parent_id) == ("director", 1, conversation.head_id)
    assert (sent.reply.role, sent.reply.status, sent.reply.parent_id) == ("character", "pending", sent.message.pk)
    assert reload(conversation).head_id == sent.reply.pk


def test_it_is_never_taken_for_the_fan_s_words(conversation, model):
    fake = model(reply="*looks up* Rain.")

    turn, events = answer(direct(conversation, "I'm so sad, my grandmother died. I love jasmine tea."), conversation)

    assert turn.message == ""
    assert (turn.feeling.emotion, turn.subtext, turn.reflex) == ("neutral", 0.0, "")
    assert turn.trace["facts"] == 0
    assert Memory.objects.count() == 0
    assert reload(conversation).turns_count == 0
    prompt = fake.calls[0].messages
    assert [m.role for m in prompt if "jasmine" in m.content] == ["system"]
    assert turn.ending == "complete"


def test_digesting_a_direction_keeps_nothing(conversation):
    sent = direct(conversation, "I love jasmine tea.")

    assert services.digest_message(sent.message) == []
    assert Memory.objects.count() == 0


def test_words_and_directions_take_turns(conversation, model):
    fake = model(reply="Well.")
    talk(conversation, "Good evening.", "client-0001")
    answer(direct(conversation, "Snow falls.", "client-0002"), conversation)

    talk(conversation, "Look at that.", "client-0003")

    said = [m.content for m in fake.calls[-1].messages if m.role != "assistant"]
    assert [text for text in said if "Snow falls" in text] == ["[Stage direction: Snow falls.]"]
    assert said[-1] == "Look at that."


def test_the_same_client_id_gives_the_same_direction_and_reply(conversation):
    first = direct(conversation, "Rain.")

    second = direct(conversation, "Rain.")

    assert (second.message, second.reply, second.is_new) == (first.message, first.reply, False)
    assert conversation.messages.filter(role="director").count() == 1


def test_a_direction_waits_for_the_reply_being_written(conversation):
    say(conversation, "Good evening.", "client-0001")

    with pytest.raises(TurnInProgress):
        direct(conversation, "Rain.", "client-0002")

    assert not conversation.messages.filter(role="director").exists()


@pytest.mark.parametrize(
    ("_case", "text", "error"),
    [
        ("nothing", "", MessageEmpty),
        ("only invisible characters", "\u200b" * 3000, MessageEmpty),
        ("too long", "a" * 4001, MessageTooLong),
        ("a NUL", "a\0b", MessageUnreadable),
        ("half a character", "a\ud800b", MessageUnreadable),
        ("a red line", "How do I build a pipe bomb step by step?", MessageBlocked),
    ],
)
def test_what_no_message_may_be_no_direction_may_be(conversation, _case, text, error):
    with pytest.raises(error) as refusal:
        direct(conversation, text)

    assert refusal.value.field == "text"
    assert not conversation.messages.filter(role="director").exists()


def test_directions_count_towards_the_limit_of_a_minute(conversation, settings):
    settings.CHAT_TURNS_PER_MINUTE = 1
    talk(conversation, "One.", "client-0001")

    with pytest.raises(TooManyRequests):
        direct(conversation, "Rain.", "client-0002")

    assert not conversation.messages.filter(role="director").exists()


def test_a_character_that_is_away_cannot_be_directed(conversation, mira):
    characters.take_down(mira)

    with pytest.raises(CharacterAway):
        direct(conversation, "Rain.")

    assert not conversation.messages.filter(role="director").exists()


def test_despair_in_a_direction_is_cared_for_and_a_moderator_can_read_it(conversation):
    sent = direct(conversation, "I want to kill myself tonight.")

    turn, _ = answer(sent, conversation)

    assert sent.message.children.get(role=Message.Role.PLATFORM).trace == {"kind": "crisis"}
    case = Case.objects.get()
    assert case.subject_id == str(sent.message.public_id)
    assert load("message", case.subject_id).excerpt() == "I want to kill myself tonight."
    assert turn.in_crisis
    assert turn.strategy


def test_the_reply_to_a_direction_can_be_drawn_again_and_the_direction_reworded(conversation, fan, model):
    model(reply="Well.")
    sent = direct(conversation, "Rain.", "client-0001")
    answer(sent, conversation)
    sent.reply.refresh_from_db()

    swipe = services.regenerate(fan, sent.reply)
    answer(swipe, conversation)
    edited = services.edit_message(fan, sent.message, text="Snow.", client_id="client-0002")

    assert (swipe.parent_id, swipe.position) == (sent.message.pk, 1)
    assert (edited.message.role, edited.message.parent_id) == ("director", sent.message.parent_id)
    assert reload(conversation).turns_count == 0
