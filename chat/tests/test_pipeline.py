from __future__ import annotations

import pytest
from asgiref.sync import async_to_sync

from chat import pipeline, services
from chat.exceptions import ModelUnavailable
from chat.tests.factories import answer, reload, say
from chat.turn import Refused, Token

log: list[str] = []


async def note_first(turn):
    log.append("first")


async def speak(turn):
    log.append("speak")
    yield turn.say("Hello.")


async def refuse(turn):
    raise ModelUnavailable


async def break_down(turn):
    raise RuntimeError("a bug")


@pytest.fixture(autouse=True)
def _empty_log():
    log.clear()


def stages(settings, *names: str) -> None:
    settings.CHAT_PIPELINE = [f"chat.tests.test_pipeline.{name}" for name in names]


def test_stages_run_in_the_order_of_the_setting(conversation, settings):
    stages(settings, "speak", "note_first")

    turn, events = answer(say(conversation, "Hi."), conversation)

    assert log == ["speak", "first"]
    assert events == [Token("Hello.")]
    assert turn.ending == "complete"


def test_the_turn_is_stored_when_it_ends(conversation, settings):
    stages(settings, "speak")
    sent = say(conversation, "Hi.")

    answer(sent, conversation)

    sent.reply.refresh_from_db()
    assert (sent.reply.text, sent.reply.status, sent.reply.heartbeat_at) == ("Hello.", "complete", None)


def test_a_refusal_ends_the_turn_with_a_problem(conversation, settings):
    stages(settings, "speak", "refuse", "note_first")
    sent = say(conversation, "Hi.")

    _, events = answer(sent, conversation)

    sent.reply.refresh_from_db()
    assert isinstance(events[-1], Refused)
    assert events[-1].problem["code"] == "model_unavailable"
    assert (sent.reply.text, sent.reply.status, sent.reply.error) == ("Hello.", "failed", "model_unavailable")
    assert log == ["speak"]


def test_a_bug_fails_the_turn_and_is_not_hidden(conversation, settings):
    stages(settings, "speak", "break_down")
    sent = say(conversation, "Hi.")

    with pytest.raises(RuntimeError, match="a bug"):
        answer(sent, conversation)

    sent.reply.refresh_from_db()
    assert (sent.reply.text, sent.reply.status, sent.reply.error) == ("Hello.", "failed", "server_error")


def test_a_reader_who_leaves_interrupts_the_turn_and_keeps_the_words(conversation, settings):
    stages(settings, "speak", "speak")
    sent = say(conversation, "Hi.")
    turn = services.open_turn(reload(conversation), sent.reply)

    async def first_event_only():
        events = pipeline.run(turn)
        await anext(events)
        await events.aclose()

    async_to_sync(first_event_only)()

    sent.reply.refresh_from_db()
    assert (sent.reply.text, sent.reply.status) == ("Hello.", "interrupted")


def test_every_stage_is_timed(conversation, settings):
    stages(settings, "speak")

    turn, _ = answer(say(conversation, "Hi."), conversation)

    assert set(turn.trace["timings_ms"]) == {"test_pipeline", "all"}
