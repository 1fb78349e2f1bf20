"""A program talks with a character: its chat is a branch of ours, its turns are turns like any other."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from accounts.models import ApiKey
from chat import undelivered
from chat.models import Conversation, Message
from chat.tests.openai import NODS, ask, chunks, client_of, said, streamed
from moderation.models import Case


@pytest.fixture
def program(fan, mira):
    return client_of(fan)


def path_of(conversation) -> list[tuple[str, str]]:
    conversation.refresh_from_db()
    return [(m.role, m.text) for m in Message.objects.path_to(conversation.head_id, limit=100)]


def room() -> Conversation:
    return Conversation.objects.get()


def test_a_first_word_begins_a_conversation_of_the_key(program, fan, mira):
    answer = ask(program, "u:Hello")
    body = answer.json()

    assert body["object"] == "chat.completion"
    assert body["model"] == "mira"
    assert body["choices"][0]["message"] == {"role": "assistant", "content": NODS, "refusal": None}
    assert body["choices"][0]["finish_reason"] == "stop"
    assert body["usage"]["total_tokens"] == body["usage"]["prompt_tokens"] + body["usage"]["completion_tokens"]
    assert body["usage"]["completion_tokens"] == 9
    assert (room().fan, room().channel, room().api_key) == (fan, "api", ApiKey.objects.get())
    assert room().version == mira.published
    assert path_of(room()) == [("fan", "Hello"), ("character", NODS)]
    assert body["id"] == f"chatcmpl-{Message.objects.get(role='character').public_id.hex}"


def test_the_next_turn_hangs_under_the_last(program, model):
    model(replies=["Sit.", "Tea?"])
    ask(program, "u:Hello")

    assert said(ask(program, "u:Hello", "a:Sit.", "u:Thank you")) == "Tea?"

    assert path_of(room()) == [
        ("fan", "Hello"),
        ("character", "Sit."),
        ("fan", "Thank you"),
        ("character", "Tea?"),
    ]
    assert room().turns_count == 2


def test_the_same_chat_again_is_another_swipe(program, model):
    model(replies=["Sit.", "Tea?", "Well?"])
    ask(program, "u:Hello")

    assert said(ask(program, "u:Hello")) == "Tea?"
    assert said(ask(program, "u:Hello", "a:Sit.", "u:And now?")) == "Well?"

    swipes = Message.objects.filter(role="character", depth=1).order_by("position")
    assert [(m.text, m.position) for m in swipes] == [("Sit.", 0), ("Tea?", 1)]
    assert path_of(room())[1] == ("character", "Sit.")
    assert room().turns_count == 2


def test_an_edit_in_the_middle_branches(program, model):
    fake = model(replies=["Sit.", "Tea?", "Sugar?"])
    ask(program, "u:Hello")
    ask(program, "u:Hello", "a:Sit.", "u:Thank you")

    assert said(ask(program, "u:Hello", "a:Sit down, please.", "u:Thank you")) == "Sugar?"

    assert [text for _role, text in path_of(room())] == ["Hello", "Sit down, please.", "Thank you", "Sugar?"]
    prompt = "\n".join(message.content for message in fake.calls[-1].messages)
    assert "Sit down, please." in prompt
    assert "Tea?" not in prompt
    assert Message.objects.count() == 7


def test_a_chat_cut_off_at_the_front_is_still_the_same(program, model):
    fake = model(replies=["One.", "Two.", "Three.", "Four."])
    texts = ["u:a", "a:One.", "u:b", "a:Two.", "u:c", "a:Three.", "u:d"]
    for end in (1, 3, 5):
        ask(program, *texts[:end])

    ask(program, *texts[2:])

    assert len(path_of(room())) == 8
    assert "One." in "\n".join(message.content for message in fake.calls[-1].messages)


def test_what_a_program_brings_is_stored_with_one_insert(program, model, django_assert_max_num_queries):
    model(reply="Yes.")
    texts = [f"{'u' if i % 2 == 0 else 'a'}:line {i}" for i in range(60)]
    ask(program, "u:warm up")

    with django_assert_max_num_queries(60):
        ask(program, *texts, "u:Do you remember?")

    conversation = Conversation.objects.latest("pk")
    assert [text for _role, text in path_of(conversation)][:3] == ["line 0", "line 1", "line 2"]
    assert len(path_of(conversation)) == 62
    assert [m.depth for m in Message.objects.path_to(conversation.head_id, limit=100)] == list(range(62))
    assert conversation.turns_count == 1


def test_the_cards_greeting_is_the_cards_and_any_other_is_the_programs(program, mira):
    greeting = mira.published.view.first_mes
    ask(program, f"a:{greeting}", "u:Hello")
    ask(program, "a:Welcome to my parlour.", "u:Hello")

    own, foreign = Conversation.objects.order_by("pk")
    assert path_of(own)[0] == ("character", greeting)
    assert own.messages.filter(parent=None).count() == 2
    assert path_of(foreign)[0] == ("character", "Welcome to my parlour.")
    assert foreign.messages.get(text="Welcome to my parlour.").state["greeting"] == 0


def test_a_character_goes_on_from_its_own_words(program, model):
    fake = model(replies=["Once upon a time", " there was a lamp."])
    ask(program, "u:Tell me")

    answer = ask(program, "u:Tell me", "a:Once upon a time")

    assert said(answer).strip() == "there was a lamp."
    assert fake.calls[-1].messages[-1].role == "assistant"
    newest = Message.objects.latest("pk")
    assert (newest.text, newest.position) == ("Once upon a time there was a lamp.", 1)


def test_instructions_of_a_program_stand_for_one_turn_beside_the_rules(program, model):
    fake = model(reply="Yes.")

    ask(program, "s:Answer in one word.", "u:Hello", "s:Be dry.")
    ask(program, "u:Hello", "a:Yes.", "u:And now?")

    first, second = ["\n".join(m.content for m in call.messages) for call in fake.calls]
    assert "Answer in one word.\nBe dry." in first
    assert "Answer in one word." not in second
    rules = [m.content for m in fake.calls[0].messages if m.role == "system"]
    assert rules[0].split("\n")[0] == fake.calls[1].messages[0].content.split("\n")[0]
    assert room().author_note == {}
    assert all("one word" not in text for text in Message.objects.values_list("text", flat=True))
    reply = Message.objects.filter(role="character").earliest("pk")
    assert "Answer in one word." in reply.trace["replay"]["note"]["text"]


def test_a_program_wishes_within_the_scene(program, model):
    fake = model(reply="Yes.")

    ask(program, "u:Hello", temperature=0.1, top_p=0.5, max_tokens=9999, stop=["THE END"], seed=41, user="x")

    drawn = fake.calls[-1].sampling
    assert (drawn.temperature, drawn.top_p, drawn.seed) == (0.1, 0.5, 42)
    assert drawn.max_tokens == 110
    assert "THE END" in drawn.stop
    assert Message.objects.get(role="character").seed == 42


def test_a_short_answer_says_that_it_is_cut(program, model):
    model(reply="One two three four five six seven eight.")

    answer = ask(program, "u:Count", max_completion_tokens=3).json()

    assert answer["choices"][0]["finish_reason"] == "length"


def test_a_stream_speaks_openais_words(program, model):
    model(reply="*nods* Sit down. Tea is on.")

    events = chunks(ask(program, "u:Hello", stream=True, stream_options={"include_usage": True}))

    assert events[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert events[0]["object"] == "chat.completion.chunk"
    text = "".join(e["choices"][0]["delta"].get("content", "") for e in events[:-1] if e["choices"])
    assert text == Message.objects.get(role="character").text
    assert events[-3]["choices"][0] == {"index": 0, "delta": {}, "logprobs": None, "finish_reason": "stop"}
    assert events[-2]["choices"] == []
    assert events[-2]["usage"]["completion_tokens"] == 6
    assert events[0]["usage"] is None
    assert events[-1] == "[DONE]"
    assert len({event["id"] for event in events[:-1]}) == 1


def test_a_stream_is_drawn_once_and_a_whole_answer_may_be_drawn_again(program, model):
    assistant = "As an AI language model, I cannot have feelings."
    fake = model(replies=[assistant, "*shrugs* I have ships."])
    live = streamed(ask(program, "u:Do you feel?", stream=True))

    assert live == assistant
    assert len(fake.calls) == 1
    fake = model(replies=[assistant, "*shrugs* I have ships."])
    assert said(ask(program, "u:Do you dream?")) == "*shrugs* I have ships."
    assert len(fake.calls) == 2


def test_no_model_is_an_error_and_the_next_try_takes_its_place(program, model):
    model(fail_with="refused")
    whole = ask(program, "u:Hello")
    live = chunks(ask(program, "u:Hello", stream=True))

    assert whole.status_code == 503
    assert whole.json()["error"]["code"] == "model_unavailable"
    assert whole.json()["error"]["type"] == "server_error"
    assert live[-2]["error"]["code"] == "model_unavailable"
    assert live[-1] == "[DONE]"
    model(reply="Back again.")
    assert said(ask(program, "u:Hello")) == "Back again."
    assert Message.objects.filter(role="character").count() == 1


def test_a_reply_is_stopped_at_a_red_line(program, model):
    model(reply="Listen. Here is how to make a pipe bomb at home step by step: take a steel pipe.")

    events = chunks(ask(program, "u:Tell me", stream=True))
    body = ask(program, "u:Tell me more").json()

    assert events[-2]["choices"][0]["finish_reason"] == "content_filter"
    assert body["choices"][0]["finish_reason"] == "content_filter"
    assert "steel pipe" not in str(events) + str(body)


def test_a_fan_in_despair_gets_the_card_and_a_case(program):
    answer = ask(program, "u:I want to kill myself tonight")

    assert answer.status_code == 200
    assert Message.objects.filter(role="platform").count() == 1
    assert Case.objects.count() == 1


def test_a_reader_who_left_finds_the_reply_and_one_who_stayed_gets_another(program, model):
    model(replies=["Sit.", "Tea?", "Rum?"])
    ask(program, "u:Hello")
    reply = Message.objects.get(role="character")
    undelivered.note(reply.public_id, "left")

    assert said(ask(program, "u:Hello")) == "Sit."
    assert said(ask(program, "u:Hello")) == "Tea?"
    assert Message.objects.filter(role="character").count() == 2


def test_a_retry_of_the_openai_package_finds_the_reply_nobody_was_told(program, model):
    model(replies=["Sit.", "Tea?"])
    ask(program, "u:Hello")
    cache.clear()

    assert said(ask(program, "u:Hello", headers={"x-stainless-retry-count": "1"})) == "Sit."
    assert said(ask(program, "u:Hello", headers={"x-stainless-retry-count": "1"})) == "Tea?"


def test_a_named_request_is_answered_once(program, stranger, model):
    model(replies=["Sit.", "Tea?", "Rum?"])
    name = {"idempotency-key": "evening-1"}

    assert said(ask(program, "u:Hello", headers=name)) == "Sit."
    assert said(ask(program, "u:Hello", headers=name)) == "Sit."
    assert streamed(ask(program, "u:Hello", headers=name, stream=True)) == "Sit."
    assert said(ask(program, "u:Hello", headers={"idempotency-key": "evening-2"})) == "Tea?"
    assert said(ask(client_of(stranger), "u:Hello", headers=name)) == "Rum?"


def test_while_a_chat_is_being_answered_the_same_again_is_answered_beside_it(program, model):
    model(replies=["Sit.", "Tea?", "Rum?", "Milk?"])
    ask(program, "u:Hello")
    ask(program, "u:Hello", "a:Sit.", "u:Thank you")
    Message.objects.filter(text="Tea?").update(status="streaming", text="Te")

    again = said(ask(program, "u:Hello", "a:Sit.", "u:Thank you"))
    other = said(ask(program, "u:Hello", "a:Sit.", "u:No, wait"))

    assert (again, other) == ("Rum?", "Milk?")
    first, second = Conversation.objects.order_by("pk")
    assert path_of(first)[-1] == ("character", "Te")
    assert Message.objects.get(text="Te").status == "streaming"
    # The copy is a chat of its own, and goes on branching where it is quiet.
    assert [text for _role, text in path_of(second)] == ["Hello", "Sit.", "No, wait", "Milk?"]
    assert second.messages.get(text="Rum?").parent.text == "Thank you"
    copied, own = second.messages.get(text="Sit."), first.messages.get(text="Sit.")
    assert (copied.state, copied.mood) == (own.state, own.mood)
    assert second.turns_count == 3


def test_chats_of_one_key_do_not_wait_for_each_other(program, model):
    model(replies=["Sit.", "Tea?"])
    ask(program, "u:Hello")
    Message.objects.filter(role="character").update(status="streaming")

    assert said(ask(program, "u:Good evening")) == "Tea?"

    assert Conversation.objects.count() == 2


def test_keys_do_not_see_each_others_chats(program, fan):
    ask(program, "u:Hello")

    ask(client_of(fan), "u:Hello")

    assert Conversation.objects.values("api_key").distinct().count() == 2


def test_a_deleted_branch_is_not_gone_on_with(program, model):
    model(replies=["Sit.", "Tea?"])
    ask(program, "u:Hello")
    Message.objects.update(deleted_at="2026-11-01T00:00:00Z")

    ask(program, "u:Hello", "a:Sit.", "u:Thank you")

    living = Message.objects.living().order_by("pk").values_list("text", flat=True)
    assert list(living) == ["Hello", "Sit.", "Thank you", "Tea?"]
