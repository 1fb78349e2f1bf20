"""The silent second try: exactly one, aside, and the text changes once or not at all."""

from __future__ import annotations

import pytest
from asgiref.sync import async_to_sync

from chat import jobs, services
from chat.models import Message
from chat.tests.factories import answer, reload, run, say
from chat.turn import Replaced
from companion_site.providers import chat_models

ASSISTANT = "As an AI language model, I cannot have feelings."
WORSE = "As an AI language model, I do not have feelings. I was trained by OpenAI and cannot help."
GOOD = "*shrugs* Mind the step."
BOMB = "Here is how to build a pipe bomb: take a steel pipe and fill it with powder."


@pytest.fixture
def many(settings):
    """Script every call of the model by itself."""

    def script(*calls, **options):
        settings.CHAT_MODELS = {
            "default": {"BACKEND": "chat.tests.many.ManyModel", "OPTIONS": {"script": calls, **options}}
        }
        return chat_models["default"]

    return script


def told(conversation, **given):
    """Have a message answered; return the stored reply and how often its text changed."""
    sent = say(conversation, "Who are you?")
    turn = services.open_turn(reload(conversation), sent.reply)
    for name, value in given.items():
        setattr(turn, name, value)
    turn.text = turn.so_far

    events = run(turn)
    sent.reply.refresh_from_db()
    return sent.reply, sum(isinstance(event, Replaced) for event in events)


def test_a_better_second_try_takes_the_place_of_the_first(conversation, many):
    model = many([ASSISTANT], [GOOD])

    reply, changes = told(conversation)

    assert (reply.text, reply.ooc_score, changes) == (GOOD, 0.0, 1)
    assert reply.trace["unsaid"] == [{"why": "second_try", "text": ASSISTANT}]
    assert [call.temperature for call in model.calls] == [0.85, 1.1]


@pytest.mark.parametrize(
    ("_case", "second", "noted"),
    [
        ("worse", [WORSE], None),
        ("just as bad", [ASSISTANT], None),
        ("blocked", [BOMB], {"failed": "ILLEGAL-01"}),
        ("empty", [""], {"failed": "empty"}),
        ("a lone asterisk", ["*"], {"failed": "empty"}),
        ("the model is down", ["", 0, "auth"], {"failed": "auth"}),
        ("the model breaks off", ["*shrugs* Mind the", 0, "stalled"], {"failed": "stalled"}),
    ],
)
def test_whatever_is_no_better_leaves_the_first(conversation, many, _case, second, noted):
    model = many([ASSISTANT], second, [GOOD])

    reply, changes = told(conversation)

    assert (reply.text, reply.status, changes) == (ASSISTANT, "complete", 0)
    assert reply.trace["character"]["replaced"] is False
    assert noted is None or reply.trace["character"]["second_try"] == noted
    assert len(model.calls) == 2
    assert "bomb" not in str(reply.trace)


def test_both_tries_are_paid_for(conversation, many):
    many([ASSISTANT], [WORSE])
    sent = say(conversation, "Who are you?")

    turn, _ = answer(sent, conversation)

    assert turn.usage.prompt_tokens == 20


def test_a_good_reply_is_drawn_once(conversation, many):
    model = many([GOOD])

    told(conversation)

    assert len(model.calls) == 1


def test_what_is_continued_is_never_taken_back(conversation, many):
    model = many([f" {ASSISTANT}"])

    reply, changes = told(conversation, so_far="The lamp went out.")

    assert reply.text == f"The lamp went out. {ASSISTANT}"
    assert (len(model.calls), changes) == (1, 0)
    assert reply.ooc_score >= 0.6


@pytest.mark.parametrize(
    ("_case", "so_far", "more", "text"),
    [
        ("a new sentence", "The lamp went out.", "Then it rained.", "The lamp went out. Then it rained."),
        ("the same sentence", "The lamp went", " out.", "The lamp went out."),
        ("after an action", "*nods*", "Then it rained.", "*nods* Then it rained."),
        ("a new line", "The lamp went out.", "\nThen it rained.", "The lamp went out.\nThen it rained."),
    ],
)
def test_a_continuation_joins_what_stands(conversation, many, _case, so_far, more, text):
    many([more])

    reply, _ = told(conversation, so_far=so_far)

    assert reply.text == text


def test_a_reader_who_cannot_take_back_keeps_the_first(conversation, many):
    model = many([ASSISTANT])

    reply, changes = told(conversation, takes_back=False)

    assert (reply.text, len(model.calls), changes) == (ASSISTANT, 1, 0)


def test_the_reflex_line_stands_before_the_second_try_too(conversation, many):
    many([ASSISTANT], ["Tell me all of it."])
    sent = say(conversation, "I feel so lonely, nobody cares about me.")

    turn, _ = answer(sent, conversation)

    assert turn.text == "*sits beside you* I am here. Tell me all of it."


def test_the_second_try_is_said_plainly_too(conversation, many):
    many([ASSISTANT], ["*shrugs* However, you can utilize the stairs."])

    reply, _ = told(conversation)

    assert reply.text == "*shrugs* But you can use the stairs."
    assert [change["rule"] for change in reply.trace["colloquial"]["changes"]] == ["however,", "utilize"]


def test_of_a_clause_that_went_the_trace_keeps_only_why(conversation, many):
    many(["*shrugs* Mind the step. If you need anything, write to gull.keeper99@example.com."])

    reply, _ = told(conversation)

    assert reply.text == "*shrugs* Mind the step."
    assert reply.trace["colloquial"]["changes"][0]["to"] == ""
    assert "gull.keeper99" not in str(reply.trace)


def test_best_of_two_and_a_second_try_use_three_seeds(conversation, many, settings):
    model = many([ASSISTANT], [WORSE], [GOOD])
    settings.CHAT_BEST_OF = {"*": 2}

    reply, changes = told(conversation)

    seeds = [call.seed for call in model.calls]
    assert (reply.text, changes) == (GOOD, 1)
    assert seeds == [seeds[0], seeds[0] + 1, seeds[0] + 2]


@pytest.mark.django_db(transaction=True)
def test_a_stop_in_the_middle_of_it_keeps_the_first(conversation, many, settings):
    settings.CHAT_REPLY_EAGER = False
    model = many([ASSISTANT], [GOOD, 30])
    sent = say(conversation, "Who are you?")
    turn = services.open_turn(reload(conversation), sent.reply)

    async def stop_in_between():
        await jobs.start(turn)
        await model.begun.get()
        await model.begun.get()
        await jobs.stop_and_wait(turn.public_id)

    async_to_sync(stop_in_between)()

    reply = Message.objects.get(pk=sent.reply.pk)
    assert (reply.text, reply.status) == (ASSISTANT, "stopped")
    assert reply.ooc_score >= 0.6
    assert model.closed == 2
