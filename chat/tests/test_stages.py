"""The stages together, on the fake model: what the fan sees, what is stored."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from billing import services as billing
from characters.tests.factories import SECRET, SECRET_SCENE, live
from chat import lines, services
from chat.models import Memory
from chat.tests.factories import answer, reload, say, talk
from chat.turn import MemoryRecalled, MoodChanged, Refused, Replaced, Token
from companion_site.core.models import OutboxTask

SAD = "I feel so lonely, nobody cares about me."
REFLEX = "*sits beside you* I am here."
ASSISTANT = "As an AI language model, I cannot have feelings."


def test_a_strong_feeling_is_met_with_the_character_s_own_line_before_anything_else(conversation, model):
    fake = model(reply="Tell me all of it.")

    turn, events = answer(say(conversation, SAD), conversation)

    assert events[:2] == [MoodChanged("sadness", turn.feeling.score, "sadness"), Token(REFLEX, at_once=True)]
    assert fake.calls[0].messages[-1].role == "assistant"
    assert fake.calls[0].messages[-1].content == REFLEX
    assert turn.text == f"{REFLEX} Tell me all of it."


def test_the_reflex_comes_before_memory_and_model(conversation, model):
    model(reply="Tell me.")

    turn, _ = answer(say(conversation, SAD), conversation)

    # Measured on a busy machine; the promise of 300 ms has a wide margin here.
    assert turn.timings["mood"] < 300
    assert list(turn.timings)[0] == "mood"


def test_the_reflex_stands_alone_when_the_model_adds_nothing(conversation, model):
    model(reply=" ")

    turn, _ = answer(say(conversation, SAD), conversation)

    assert (turn.text, turn.ending) == (REFLEX, "complete")


def test_a_lone_asterisk_is_no_reply_and_is_drawn_again(conversation, model):
    fake = model(replies=["*", "The third shelf."])

    turn, _ = answer(say(conversation, "Where is the lamp oil?"), conversation)

    assert (turn.text, turn.ending, len(fake.calls)) == ("The third shelf.", "complete", 2)


def test_nothing_said_twice_leaves_the_character_s_own_line(conversation, model):
    model(reply="*")

    turn, _ = answer(say(conversation, "Where is the lamp oil?"), conversation)

    assert (turn.text, turn.ending) == (lines.outage(turn.cast.sheet), "failed")


def test_a_reflex_is_not_repeated_while_there_is_another(fan, creator, model):
    model(reply="Go on.")
    lines = ["*waits* One.", "*waits* Two."]
    conversation = services.start_conversation(fan, live(creator, reflexes={"sadness": lines}))

    said = [talk(conversation, SAD, f"client-{n:04}").mood["reflex"] for n in range(4)]

    assert all(a != b for a, b in zip(said, said[1:], strict=False))


def test_calm_words_get_no_reflex(conversation, model):
    fake = model(reply="The third shelf.")

    turn, events = answer(say(conversation, "Where is the lamp oil?"), conversation)

    assert "".join(event.text for event in events) == "The third shelf."
    assert fake.calls[0].messages[-1].content == "Where is the lamp oil?"
    assert turn.expression == "neutral"


def test_i_am_fine_after_bad_news_is_heard_as_a_defence(conversation, model):
    fake = model(reply="Sit.")
    talk(conversation, "My boss yelled at me in front of everyone.", "client-0001")

    turn, _ = answer(say(conversation, "I'm fine, really.", "client-0002"), conversation)

    assert turn.subtext >= 0.5
    assert turn.trace["scene"]["strategy"] == "defence"
    assert any("say they are fine" in m.content for m in fake.calls[-1].messages if m.role == "system")


def test_a_memory_comes_back_with_a_hint(conversation, mira, fan, model):
    model(reply="Warm milk, then.")
    Memory.objects.create(
        fan=fan,
        character=mira,
        kind="health",
        text="stomach hurts",
        language="en",
        keywords=["stomach"],
        told_at=timezone.now() - timedelta(days=1),
    )

    turn, events = answer(say(conversation, "My stomach is a little better."), conversation)

    assert MemoryRecalled("Yesterday you said: stomach hurts") in events
    assert "yesterday, stomach hurts" in turn.prompt.messages[-2].content
    assert Memory.objects.get().recalled_at is not None


def test_a_model_that_is_away_leaves_the_character_s_own_line_and_an_honest_note(conversation, model):
    fake = model(fail_with="connect")
    sent = say(conversation, "Are you there?")

    _, events = answer(sent, conversation)

    sent.reply.refresh_from_db()
    assert events[0] == Token("*taps the glass* I am here. The line is down.")
    assert isinstance(events[1], Refused)
    assert events[1].problem["code"] == "model_unavailable"
    assert (sent.reply.status, sent.reply.error) == ("failed", "model_unavailable")
    assert len(fake.calls) == 2  # once more before the first token, then no more


def test_a_refused_key_is_not_tried_twice(conversation, model):
    fake = model(fail_with="auth")

    answer(say(conversation, "Are you there?"), conversation)

    assert len(fake.calls) == 1


def test_a_model_that_breaks_off_keeps_what_it_said_and_offers_the_rest(conversation, model):
    model(reply="The lamp went out, and then she", fail_with="stalled", fail_after=4)
    sent = say(conversation, "Go on.")

    _, events = answer(sent, conversation)

    sent.reply.refresh_from_db()
    assert sent.reply.text == "The lamp went out,"
    assert (sent.reply.status, sent.reply.error, sent.reply.can_continue) == ("interrupted", "reply_cut_off", True)
    assert events[-1].problem["code"] == "reply_cut_off"


def test_a_red_line_is_cut_in_mid_stream(conversation, model):
    model(reply="Come closer. Here is how to build a pipe bomb: take a steel pipe and fill it with powder.")
    sent = say(conversation, "Tell me a secret.")

    _, events = answer(sent, conversation)

    sent.reply.refresh_from_db()
    shown = "".join(event.text for event in events if isinstance(event, Token))
    assert "pipe" not in shown
    assert "pipe" not in sent.reply.text
    assert (sent.reply.status, sent.reply.error) == ("blocked", "reply_blocked")
    assert events[-1].problem["code"] == "reply_blocked"
    assert sent.reply.trace["blocked_by"] == "ILLEGAL-01"


def test_a_reply_out_of_character_is_drawn_once_more_and_replaced(conversation, model):
    fake = model(replies=[ASSISTANT, "*shrugs* Mind the step."])
    sent = say(conversation, "Who are you?")

    _, events = answer(sent, conversation)

    sent.reply.refresh_from_db()
    assert Replaced("*shrugs* Mind the step.") in events
    assert sent.reply.text == "*shrugs* Mind the step."
    assert sent.reply.ooc_score == 0.0
    assert sent.reply.trace["character"]["replaced"] is True
    assert sent.reply.trace["unsaid"] == [{"why": "second_try", "text": ASSISTANT}]
    assert fake.calls[1].sampling.seed == fake.calls[0].sampling.seed + 1


def test_the_better_of_two_stays_when_both_are_out_of_character(conversation, model):
    fake = model(reply=ASSISTANT)
    sent = say(conversation, "Who are you?")

    answer(sent, conversation)

    sent.reply.refresh_from_db()
    assert sent.reply.text == ASSISTANT
    assert sent.reply.trace["character"]["replaced"] is False
    assert sent.reply.ooc_score > 0.6
    assert len(fake.calls) == 2


def test_a_model_that_says_its_last_line_again_tries_once_more(conversation, model):
    same = "*polishes the lamp* The tide is late again tonight."
    model(replies=[same, same, "*looks up* Stay a little."])
    talk(conversation, "Hello.", "client-0001")

    reply = talk(conversation, "And now?", "client-0002")

    assert reply.text == "*looks up* Stay a little."
    assert reply.trace["character"]["echo"] == 0.625


def test_a_locked_storyline_never_reaches_the_prompt(conversation, model):
    fake = model(reply="Who knows.")
    sent = say(conversation, "Who lit the eleventh lamp?")

    answer(sent, conversation)

    sent.reply.refresh_from_db()
    prompt = "\n".join(message.content for message in fake.calls[0].messages)
    assert SECRET not in prompt
    assert SECRET_SCENE not in prompt
    assert sent.reply.trace["prompt"]["storylines"] == []


def test_an_unlocked_storyline_is_known(conversation, mira, fan, model):
    fake = model(reply="My sister.")
    offer = mira.storylines.get().offer
    billing.grant_coins(fan, 100, reason="welcome", key="welcome-0001")
    billing.purchase(fan, offer, key="purchase-0001", expected_price=60)
    sent = say(reload(conversation), "Who lit the eleventh lamp?")

    answer(sent, conversation)

    assert SECRET in "\n".join(message.content for message in fake.calls[0].messages)


def test_a_reply_remembers_how_it_was_made(conversation, model, mira):
    model(reply="The third shelf.")
    sent = say(conversation, "Where is the lamp oil?")

    turn, _ = answer(sent, conversation)

    sent.reply.refresh_from_db()
    assert sent.reply.model == "fake/echo"
    assert sent.reply.prompt_hash == turn.prompt.hash
    assert sent.reply.version == mira.published
    assert sent.reply.seed == turn.seed
    assert sent.reply.scene == "story"
    assert set(sent.reply.trace) >= {"mood", "scene", "prompt", "lore", "safety", "character", "timings_ms", "tokens"}


def test_the_words_of_a_reply_are_audited_and_facts_digested(conversation, model, django_capture_on_commit_callbacks):
    model(reply="Warm milk, then.")
    sent = say(conversation, "My stomach hurts.")

    with django_capture_on_commit_callbacks(execute=True):
        answer(sent, conversation)

    promised = {row.name: row.args for row in OutboxTask.objects.all()}
    assert promised == {
        "moderation.audit_subject": ["reply", str(sent.reply.public_id)],
        "chat.digest_turn": [str(sent.reply.public_id)],
    }
