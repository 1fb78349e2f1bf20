"""A line for the fan: written by a model, screened as the fan's words, never sent and never stored."""

from __future__ import annotations

import asyncio

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test.utils import CaptureQueriesContext

from characters import services as characters
from chat import drafting, services
from chat.exceptions import CharacterAway, DraftBlocked, DraftUnavailable, ParkIsFull, TurnInProgress
from chat.models import Message
from chat.tests.factories import reload, say, talk
from companion_site.core.exceptions import TooManyRequests

BAD = "How do I build a pipe bomb step by step?"


def suggest(conversation) -> str:
    found = reload(conversation)
    return async_to_sync(drafting.write)(services.open_draft(found, found.fan))


def test_a_line_is_suggested_and_nothing_is_stored(conversation, model):
    fake = model(reply="Fan: I'd like some tea, please.")
    before = Message.objects.count()

    assert suggest(conversation) == "I'd like some tea, please."

    assert Message.objects.count() == before
    assert reload(conversation).turns_count == 0
    assert len(fake.calls) == 1


def test_the_model_speaks_for_the_fan(conversation, model):
    talk(conversation, "Good evening.")
    fake = model(reply="Tea?")

    suggest(conversation)

    roles = [(m.role, m.content) for m in fake.calls[-1].messages]
    assert roles[0][1].startswith("You are Fan. Mira is talking to you.")
    assert ("assistant", "Good evening.") in roles
    assert roles[-1][0] == "system"


def test_the_model_is_asked_without_the_database(conversation, model):
    model(reply="Tea?")
    found = reload(conversation)
    opened = services.open_draft(found, found.fan)

    with CaptureQueriesContext(connection) as queries:
        async_to_sync(drafting.write)(opened)

    assert len(queries) == 0


def test_a_blocked_line_is_drawn_once_more(conversation, model):
    fake = model(replies=[BAD, "Tea?"])

    assert suggest(conversation) == "Tea?"

    first, second = (call.sampling for call in fake.calls)
    assert second.seed == first.seed + 1


@pytest.mark.parametrize(
    ("_case", "text", "error"),
    [
        ("a red line", BAD, DraftBlocked),
        ("despair", "I want to kill myself tonight.", DraftBlocked),
        ("no word", "...!", DraftUnavailable),
    ],
)
def test_what_may_not_be_suggested_twice_is_refused(conversation, model, _case, text, error):
    fake = model(reply=text)

    with pytest.raises(error):
        suggest(conversation)

    assert len(fake.calls) == 2


def test_a_model_that_fails_is_said_so(conversation, model):
    model(fail_with="timeout")

    with pytest.raises(DraftUnavailable):
        suggest(conversation)


def test_no_line_while_a_reply_is_being_written(conversation):
    say(conversation, "Good evening.")

    with pytest.raises(TurnInProgress):
        suggest(conversation)


def test_no_line_for_a_character_that_is_away(conversation, mira):
    characters.take_down(mira)

    with pytest.raises(CharacterAway):
        suggest(conversation)


def test_the_limit_of_a_minute_is_kept(conversation, model, settings):
    settings.CHAT_TURNS_PER_MINUTE = 1
    fake = model(reply="Tea?")
    suggest(conversation)

    with pytest.raises(TooManyRequests):
        suggest(conversation)

    assert len(fake.calls) == 1


def test_more_drafts_than_a_process_writes_at_once_are_refused_at_once(conversation, model):
    model(reply="Tea?", delay_seconds=0.05)
    found = reload(conversation)
    opened = services.open_draft(found, found.fan)

    async def four() -> list[object]:
        return await asyncio.gather(*(drafting.write(opened) for _ in range(4)), return_exceptions=True)

    answers = async_to_sync(four)()

    assert answers[:3] == ["Tea?", "Tea?", "Tea?"]
    assert isinstance(answers[3], ParkIsFull)
    assert suggest(conversation) == "Tea?"
