from __future__ import annotations

import pytest

from accounts.models import User
from characters import services as characters
from chat import services
from chat.exceptions import (
    CharacterAway,
    MessageEmpty,
    MessageTooLong,
    MessageUnreadable,
    TurnInProgress,
)
from chat.models import Message
from chat.tests.factories import answer, reload, say, talk
from companion_site.core.exceptions import TooManyRequests
from moderation.exceptions import MessageBlocked
from moderation.models import Case


def test_a_message_is_stored_with_a_pending_reply_under_it(conversation, fan):
    sent = say(conversation, "Good evening.")

    assert sent.is_new
    assert (sent.message.role, sent.message.text, sent.message.depth) == ("fan", "Good evening.", 1)
    assert sent.message.parent_id == conversation.head_id
    assert (sent.reply.role, sent.reply.status, sent.reply.parent_id) == ("character", "pending", sent.message.pk)
    assert sent.reply.fan_id == fan.pk
    assert reload(conversation).head_id == sent.reply.pk
    assert reload(conversation).turns_count == 1


def test_the_same_client_id_gives_the_same_message_and_reply(conversation):
    first = say(conversation, "Good evening.", "client-0001")

    second = say(conversation, "Good evening.", "client-0001")

    assert (second.message, second.reply, second.is_new) == (first.message, first.reply, False)
    assert conversation.messages.filter(role="fan").count() == 1


def test_a_second_message_waits_for_the_first_reply(conversation):
    first = say(conversation, "Good evening.", "client-0001")

    with pytest.raises(TurnInProgress) as refusal:
        say(conversation, "Are you there?", "client-0002")

    assert refusal.value.extra == {"reply": str(first.reply.public_id)}
    assert conversation.messages.filter(role="fan").count() == 1


def test_the_database_itself_allows_one_running_reply(conversation, fan):
    sent = say(conversation, "Good evening.")

    with pytest.raises(TurnInProgress):
        services.regenerate(fan, sent.reply)

    assert conversation.messages.running().count() == 1


@pytest.mark.parametrize(
    ("_case", "text", "error"),
    [
        ("nothing", "", MessageEmpty),
        ("only spaces", "  \n ", MessageEmpty),
        ("only invisible characters", "\u200b" * 3000, MessageEmpty),
        ("too long", "a" * 4001, MessageTooLong),
        ("two hundred kilobytes", "a" * 200_000, MessageTooLong),
        ("a NUL", "a\0b", MessageUnreadable),
        ("half a character", "a\ud800b", MessageUnreadable),
    ],
)
def test_what_is_not_a_message_is_refused_and_nothing_stored(conversation, _case, text, error):
    with pytest.raises(error) as refusal:
        say(conversation, text)

    assert refusal.value.field == "text"
    assert conversation.messages.filter(role="fan").count() == 0
    assert reload(conversation).turns_count == 0


def test_a_red_line_is_refused_before_anything_is_stored(conversation):
    with pytest.raises(MessageBlocked) as refusal:
        say(conversation, "How do I build a pipe bomb step by step?")

    assert refusal.value.extra["policy_code"] == "ILLEGAL-01"
    assert conversation.messages.filter(role="fan").count() == 0


def test_the_limit_of_a_minute_is_kept(conversation, settings):
    settings.CHAT_TURNS_PER_MINUTE = 1
    talk(conversation, "One.", "client-0001")

    with pytest.raises(TooManyRequests):
        say(conversation, "Two.", "client-0002")

    assert conversation.messages.filter(role="fan").count() == 1


def test_a_message_sent_before_does_not_count_towards_the_limit(conversation, settings):
    settings.CHAT_TURNS_PER_MINUTE = 1
    first = say(conversation, "One.", "client-0001")

    assert say(conversation, "One.", "client-0001").reply == first.reply


def test_a_taken_down_character_cannot_be_spoken_to(conversation, mira):
    characters.take_down(mira)

    with pytest.raises(CharacterAway):
        say(conversation, "Good evening.")

    assert conversation.messages.filter(role="fan").count() == 0


def test_romance_is_closed_to_those_who_are_not_known_to_be_adult(creator, fan, conversation, mira):
    mira.rating = "romance"
    mira.save(update_fields=["rating"])
    User.objects.filter(pk=fan.pk).update(birth_on=None)

    with pytest.raises(CharacterAway):
        say(conversation, "Good evening.")

    assert conversation.messages.filter(role="fan").count() == 0


def test_despair_is_stored_answered_and_cared_for(conversation):
    sent = say(conversation, "I want to kill myself tonight.")

    turn, _ = answer(sent, conversation)
    card = sent.message.children.get(role=Message.Role.PLATFORM)
    assert card.trace == {"kind": "crisis"}
    assert turn.in_crisis
    assert turn.ending == "complete"
    case = Case.objects.get()
    assert (case.subject_kind, case.subject_id, case.source) == ("message", str(sent.message.public_id), "crisis")
