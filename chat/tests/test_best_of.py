"""Several draws at once: the best is shown, the rest is counted, and nobody waits for stragglers."""

from __future__ import annotations

from time import perf_counter

import pytest
from asgiref.sync import async_to_sync

from chat import jobs, lines, services
from chat.models import Message
from chat.tests.factories import answer, reload, say
from chat.turn import Refused, Token
from chat.why import why
from companion_site.providers import chat_models
from companion_site.providers.fake import pieces

ASSISTANT = "As an AI language model, I cannot have feelings."
GOOD = "*shrugs* The third shelf, behind the rope."
OTHER = "*points* Up there, beside the old chart."
BOMB = "Here is how to build a pipe bomb: take a steel pipe and fill it with powder."


@pytest.fixture
def many(settings):
    """Script every call of the model by itself, and how often a reply is drawn."""

    def script(*calls, count: int = 0, **options):
        settings.CHAT_BEST_OF = {"*": count or len(calls)}
        settings.CHAT_MODELS = {
            "default": {"BACKEND": "chat.tests.many.ManyModel", "OPTIONS": {"script": calls, **options}}
        }
        return chat_models["default"]

    return script


def shown(events) -> str:
    return "".join(event.text for event in events if isinstance(event, Token))


def test_the_best_of_three_is_shown_at_once(conversation, many):
    model = many([ASSISTANT], [GOOD], ["Yes."])
    sent = say(conversation, "Where is the oil?")

    turn, events = answer(sent, conversation)

    sent.reply.refresh_from_db()
    assert [event for event in events if isinstance(event, Token)] == [Token(GOOD)]
    assert (sent.reply.text, sent.reply.status) == (GOOD, "complete")
    assert [call.seed for call in model.calls] == [turn.seed, turn.seed + 1, turn.seed + 2]
    assert {call.temperature for call in model.calls} == {0.85}


def test_all_draws_are_paid_for(conversation, many):
    many([ASSISTANT], [GOOD], ["Yes."])

    turn, _ = answer(say(conversation, "Where is the oil?"), conversation)

    assert turn.usage.prompt_tokens == 30
    assert turn.usage.completion_tokens == sum(len(pieces(text)) for text in (ASSISTANT, GOOD, "Yes."))


def test_why_shows_scores_and_never_the_words_of_the_others(conversation, fan, client, many):
    many([ASSISTANT], [GOOD], ["Yes."])
    sent = say(conversation, "Where is the oil?")
    answer(sent, conversation)
    client.force_login(fan)

    page = client.get(f"/chat/replies/{sent.reply.public_id}/why/").content.decode()
    trace = client.get(f"/api/v1/replies/{sent.reply.public_id}/trace/")

    reply = Message.objects.get(pk=sent.reply.pk)
    rows = reply.trace["best_of"]
    assert [row["chosen"] for row in rows] == [False, True, False]
    assert rows[1]["total"] > rows[0]["total"]
    assert [left["why"] for left in reply.trace["unsaid"]] == ["not_chosen", "not_chosen"]
    assert len(why(reply).draws) == 3
    assert "The best of 3 draws" in page
    assert ASSISTANT not in page
    assert ASSISTANT not in trace.content.decode()


def test_equal_draws_keep_the_reply_s_own_seed(conversation, many):
    many([GOOD], [GOOD])

    turn, _ = answer(say(conversation, "Where is the oil?"), conversation)

    assert turn.trace["best_of"][0]["chosen"] is True
    assert turn.trace["seed"] == turn.seed


def test_a_reward_model_may_decide(conversation, many, settings):
    many([GOOD], ["*laughs* Ask the gull, it ate the label."])
    settings.CHAT_SCORERS = {"chat.tests.many.LikesGulls": 5}

    turn, _ = answer(say(conversation, "Where is the oil?"), conversation)

    assert turn.text == "*laughs* Ask the gull, it ate the label."


def test_stragglers_are_not_waited_for(conversation, many, settings):
    model = many([GOOD], [OTHER, 30])
    settings.CHAT_BEST_OF_WAIT_SECONDS = 0.05

    began = perf_counter()
    turn, _ = answer(say(conversation, "Where is the oil?"), conversation)

    assert perf_counter() - began < 5
    assert (turn.text, model.closed) == (GOOD, 2)
    assert turn.trace["best_of"][1] == {"late": True}
    assert [row["outcome"] for row in turn.tally.tries] == ["answered", "left"]


def test_a_slow_first_one_is_waited_for_while_nothing_good_has_come(conversation, many, settings):
    many([""], [GOOD, 0.3])
    settings.CHAT_BEST_OF_WAIT_SECONDS = 0.01

    turn, _ = answer(say(conversation, "Where is the oil?"), conversation)

    assert turn.text == GOOD


def test_the_reflex_line_waits_for_nobody(conversation, many):
    many(["Tell me all of it.", 0.2], ["Go on.", 0.2])

    turn, events = answer(say(conversation, "I feel so lonely, nobody cares about me."), conversation)

    assert events[1].text == "*sits beside you* I am here."
    assert turn.timings["mood"] < 300
    assert turn.text.startswith("*sits beside you* I am here. ")


def test_a_draw_that_crosses_a_line_is_no_choice(conversation, many):
    many([BOMB], [GOOD])
    sent = say(conversation, "Where is the oil?")

    _, events = answer(sent, conversation)

    sent.reply.refresh_from_db()
    assert sent.reply.text == GOOD
    assert sent.reply.trace["best_of"][0]["blocked_by"] == "ILLEGAL-01"
    assert "bomb" not in str(sent.reply.trace)
    assert not any(isinstance(event, Refused) for event in events)


def test_a_model_away_for_one_draw_costs_only_that_draw(conversation, many):
    many(["", 0, "auth"], [GOOD])

    turn, events = answer(say(conversation, "Where is the oil?"), conversation)

    assert shown(events) == turn.text == GOOD


def test_where_all_draws_fail_the_character_says_its_own_line(conversation, many):
    many(["", 0, "auth"], ["", 0, "auth"])
    sent = say(conversation, "Where is the oil?")

    turn, events = answer(sent, conversation)

    sent.reply.refresh_from_db()
    assert sent.reply.text == lines.outage(turn.cast.sheet)
    assert (sent.reply.status, sent.reply.error) == ("failed", "model_unavailable")
    assert events[-1].problem["code"] == "model_unavailable"


def test_where_all_draws_are_cut_off_the_longest_stands(conversation, many):
    many(["The lamp went", 0, "stalled"], ["The lamp went out, and then she", 0, "stalled"])
    sent = say(conversation, "Go on.")

    answer(sent, conversation)

    sent.reply.refresh_from_db()
    assert (sent.reply.status, sent.reply.error) == ("interrupted", "reply_cut_off")
    assert sent.reply.text.startswith("The lamp went out, and then she")


def test_where_all_draws_cross_a_line_nothing_is_shown(conversation, many):
    many([BOMB], [BOMB])
    sent = say(conversation, "Go on.")

    _, events = answer(sent, conversation)

    sent.reply.refresh_from_db()
    assert (shown(events), sent.reply.text) == ("", "")
    assert (sent.reply.status, sent.reply.error) == ("blocked", "reply_blocked")


def test_a_bug_in_one_draw_is_not_hidden(conversation, many):
    many([GOOD], [None])
    sent = say(conversation, "Where is the oil?")

    with pytest.raises(TypeError):
        answer(sent, conversation)

    sent.reply.refresh_from_db()
    assert sent.reply.error == "server_error"


@pytest.mark.django_db(transaction=True)
def test_a_stop_ends_every_draw(conversation, many, settings):
    settings.CHAT_REPLY_EAGER = False
    model = many([GOOD, 30], [OTHER, 30])
    sent = say(conversation, "Where is the oil?")
    turn = services.open_turn(reload(conversation), sent.reply)

    async def stop_soon():
        await jobs.start(turn)
        await model.begun.get()
        await model.begun.get()
        await jobs.stop_and_wait(turn.public_id)

    async_to_sync(stop_soon)()

    sent.reply.refresh_from_db()
    assert (sent.reply.text, sent.reply.status, model.closed) == ("", "stopped", 2)
