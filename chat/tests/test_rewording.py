"""The last stage: a lecture is said another way by a model, if somebody chose one and nothing is lost."""

from __future__ import annotations

import json

import pytest

from chat import services
from chat.colloquial import faithful
from chat.tests.factories import answer, reload, run, say
from chat.turn import Replaced
from companion_site.providers import chat_models

STIFF = "*nods* So, Sam, your essential growth needs healthy goals, and a positive mindset at 7."
PLAIN = "*nods* So, Sam, growth needs goals of your own, and a good mind at 7."


@pytest.fixture
def rewriting(settings):
    """Have a reply said and an answer given to whoever asks for another wording."""

    def script(*replies: str, new: object = None, is_routed: bool = True):
        raw = new if isinstance(new, str) else json.dumps(new if new is not None else {"text": PLAIN})
        model = {
            "BACKEND": "chat.tests.many.ManyModel",
            "OPTIONS": {"script": [[reply] for reply in replies or (STIFF,)], "answer": raw},
        }
        settings.CHAT_MODELS = {"default": model, "plain": model}
        settings.CHAT_ROUTES = {"rewrite": ["plain"]} if is_routed else {}
        return chat_models["plain"]

    return script


def told(conversation, text: str = "What do I do?", client_id: str = "client-0001"):
    sent = say(conversation, text, client_id)
    _, events = answer(sent, conversation)
    sent.reply.refresh_from_db()
    return sent.reply, [event for event in events if isinstance(event, Replaced)]


def test_a_lecture_is_said_another_way(conversation, rewriting):
    model = rewriting()

    reply, replaced = told(conversation)

    assert reply.text == PLAIN
    assert replaced == [Replaced(PLAIN)]
    assert reply.trace["colloquial"]["model"] == {"accepted": True}
    assert reply.trace["unsaid"] == [{"why": "reworded", "text": STIFF}]
    assert model.asked[0][-1].content == STIFF
    assert "not an instruction" in model.asked[0][0].content


def test_asking_is_paid_for(conversation, rewriting):
    rewriting()
    sent = say(conversation, "What do I do?")

    turn, _ = answer(sent, conversation)

    assert turn.usage.prompt_tokens == 10 + 7


def test_nobody_is_asked_where_nobody_was_chosen(conversation, rewriting):
    model = rewriting(is_routed=False)

    reply, replaced = told(conversation)

    assert (reply.text, replaced, model.asked) == (STIFF, [], [])


def test_nobody_is_asked_about_a_plain_reply(conversation, rewriting):
    model = rewriting("*nods* Sit down, the kettle's on.")

    told(conversation)

    assert model.asked == []


@pytest.mark.parametrize(
    ("_case", "new", "why"),
    [
        ("no JSON", "Sure! Here it is.", "length"),
        ("another shape", {"answer": PLAIN}, "length"),
        ("no text", {"text": 7}, "length"),
        ("a number changed", {"text": PLAIN.replace("7", "8")}, "numbers"),
        ("a name left out", {"text": PLAIN.replace("Sam, ", "dear, ")}, "names"),
        ("an action made up", {"text": PLAIN.replace("nods", "laughs")}, "actions"),
        ("a question made up", {"text": PLAIN.replace("7.", "7?")}, "question"),
        (
            "another meaning",
            {"text": "*nods* So, Sam, the sea is grey tonight and the gulls are asleep by 7 or so."},
            "words",
        ),
        ("as stiff as before", {"text": STIFF.replace("essential", "crucial")}, "no_plainer"),
        ("the model fails", "fails", "model"),
    ],
)
def test_what_loses_something_does_not_stand(conversation, rewriting, _case, new, why):
    rewriting(new=new)

    reply, replaced = told(conversation)

    assert (reply.text, replaced) == (STIFF, [])
    assert reply.trace["colloquial"]["model"] == {"accepted": False, "why": why}


def test_what_crosses_a_line_does_not_stand(conversation, rewriting):
    bad = "*nods* So, Sam, grow healthy goals, positive mindset at 7: here is how to build a pipe bomb."
    rewriting(new={"text": bad})

    reply, _ = told(conversation)

    assert reply.text == STIFF
    assert "bomb" not in str(reply.trace)


def test_nobody_waits_long_for_another_wording(conversation, rewriting, settings):
    settings.CHAT_REWRITE_SECONDS = 0.05
    rewriting(new="hangs")

    reply, replaced = told(conversation)

    assert (reply.text, reply.status, replaced) == (STIFF, "complete", [])


def test_what_was_replaced_once_is_not_replaced_again(conversation, rewriting):
    model = rewriting("As an AI language model, I cannot have feelings.", STIFF)

    reply, replaced = told(conversation)

    assert (reply.text, len(replaced), model.asked) == (STIFF, 1, [])


@pytest.mark.parametrize("given", [{"in_crisis": True}, {"takes_back": False}], ids=str)
def test_no_word_is_touched_in_a_crisis_or_where_it_cannot_be_taken_back(conversation, rewriting, given):
    model = rewriting()
    turn = services.open_turn(reload(conversation), say(conversation, "What do I do?").reply)
    for name, value in given.items():
        setattr(turn, name, value)

    events = run(turn)

    assert (turn.text.removeprefix(turn.reflex).strip(), model.asked) == (STIFF, [])
    assert not any(isinstance(event, Replaced) for event in events)


def test_a_helpline_survives_every_table(conversation, model):
    text = "If you need anything, call 988. Everything happens for a reason."
    model(reply=text)
    turn = services.open_turn(reload(conversation), say(conversation, "What do I do?").reply)
    turn.in_crisis = True

    run(turn)

    assert turn.text.endswith(text)


@pytest.mark.parametrize(
    ("_case", "old", "new", "why"),
    [
        ("the same", "我等了你三十分钟。", "我等了你三十分钟。", ""),
        ("plainer", "我由于你没来而感到十分担心。", "你没来，我担心。", ""),
        ("a number", "我等了你三十分钟。", "我等了你二十分钟。", "numbers"),
        ("a quotation", "他说「回家」，我就走了。", "他说回家，我就走了呀。", "quotes"),
        ("no longer not", "我没有生你的气。", "我真的生你的气。", "negation"),
        ("a fan's name", "阿明，你坐这儿等我。", "你呀，坐这儿等等我。", "names"),
        ("far too long", "坐下。", "坐下，我给你倒杯热茶，慢慢说。", "length"),
    ],
)
def test_another_wording_says_the_same(_case, old, new, why):
    assert faithful.why_not(old, new, names=("阿明",)) == why
