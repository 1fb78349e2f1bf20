"""The lorebook in a running chat: its state on swipes, branches and edits, and the replay of it all."""

from __future__ import annotations

import pytest

from chat import services
from chat.models import Conversation
from chat.services.rerun import replayed
from chat.tests.factories import answer, live_with, say, talk
from chat.tests.prompts import entry

BELL = "BELL The bell of the quay rings."


def book(*entries, **fields) -> dict:
    return {"entries": list(entries), "extensions": {}, **fields}


def prompt_of(reply) -> str:
    return "\n".join(message.content for message in replayed(reply).prompt.messages)


@pytest.fixture
def started(fan, creator, model):
    """Begin a chat with a character whose card has these fields."""
    model(reply="The third shelf.")

    def start(**changes) -> Conversation:
        return services.start_conversation(fan, live_with(creator, **changes))

    return start


@pytest.fixture
def sticky(started):
    return started(
        character_book=book(entry("bell", content=BELL, name="Bell", extensions={"sticky": 3, "cooldown": 9}))
    )


def test_a_sticky_entry_stays_for_its_messages_and_then_rests(sticky):
    replies = [
        talk(sticky, words, f"client-{n:04}") for n, words in enumerate(["The bell!", "And?", "Hm.", "The bell!"])
    ]

    assert [BELL in prompt_of(reply) for reply in replies] == [True, True, False, False]
    assert [row["reason"] for reply in replies for row in reply.trace["lore"]] == ["key", "sticky", "cooldown"]


def test_a_swipe_begins_from_the_state_before_its_message(sticky, fan):
    talk(sticky, "The bell!", "client-0001")
    second = talk(sticky, "And?", "client-0002")

    other = services.regenerate(fan, second)
    answer(other, sticky)

    other.refresh_from_db()
    assert other.state["lore"] == second.state["lore"]
    assert BELL in prompt_of(other)
    assert other.seed != second.seed


def test_an_edited_message_goes_on_from_its_own_past(sticky, fan):
    first = talk(sticky, "The bell!", "client-0001")

    edited = services.edit_message(fan, first.parent, text="The gull!", client_id="client-0002")
    answer(edited, sticky)

    edited.reply.refresh_from_db()
    assert BELL not in prompt_of(edited.reply)
    assert "lore" not in edited.reply.state
    assert first.state["lore"]["sticky"] != {}


def test_each_branch_keeps_its_own_state(sticky, fan):
    first = talk(sticky, "The bell!", "client-0001")
    edited = services.edit_message(fan, first.parent, text="The gull!", client_id="client-0002")
    answer(edited, sticky)

    services.select_swipe(fan, first)
    on_the_first = talk(sticky, "And?", "client-0003")
    services.select_swipe(fan, edited.reply)
    on_the_other = talk(sticky, "And?", "client-0004")

    assert BELL in prompt_of(on_the_first)
    assert BELL not in prompt_of(on_the_other)


def test_a_reply_that_failed_leaves_no_state(sticky, model):
    model(fail_with="connect")
    failed = talk(sticky, "The bell!", "client-0001")
    model(reply="Yes.")

    reply = talk(sticky, "And?", "client-0002")

    assert failed.status == "failed"
    assert [row["reason"] for row in reply.trace["lore"]] == ["key"]  # its words are still in the chat


def test_variables_go_from_reply_to_reply_and_a_swipe_counts_anew(started, fan):
    conversation = started(description="{{incvar::visits}} visits so far.")
    replies = [talk(conversation, "Hello.", f"client-{n:04}") for n in range(2)]

    other = services.regenerate(fan, replies[1])
    answer(other, conversation)

    assert "2 visits so far." in prompt_of(replies[1])
    assert "2 visits so far." in prompt_of(other.__class__.objects.get(pk=other.pk))


def test_the_greeting_it_began_with_decides_for_the_whole_chat(started, fan):
    only = entry("bell", content=f"@@is_greeting 1\n{BELL}")
    conversation = started(character_book=book(only))
    first = talk(conversation, "The bell!", "client-0001")
    second = conversation.messages.get(parent=None, position=1)

    services.select_swipe(fan, second)
    other = talk(conversation, "The bell!", "client-0002")
    later = talk(conversation, "The bell!", "client-0003")

    assert [BELL in prompt_of(reply) for reply in (first, other, later)] == [False, True, True]


def test_a_stored_reply_can_be_replayed_to_the_byte(started, fan):
    conversation = started(
        description="{{random:a,b,c,d,e,f}} {{roll:100}} {{pick:a,b,c}} {{time}} {{idle_duration}}",
        character_book=book(entry(content="{{random:rain,snow,fog}}", extensions={"probability": 50})),
        post_history_instructions="Answer {{user}}.",
    )
    Conversation.objects.filter(pk=conversation.pk).update(author_note={"text": "It rains.", "position": "after"})
    replies = [talk(conversation, f"Hello {n}.", f"client-{n:04}") for n in range(4)]

    Conversation.objects.filter(pk=conversation.pk).update(author_note={"text": "It snows."})
    conversation.persona.description = "Another one."
    conversation.persona.save()

    assert [replayed(reply).prompt.hash for reply in replies] == [reply.prompt_hash for reply in replies]
    assert all(reply.preset == "default" and reply.version and reply.seed and reply.model for reply in replies)


def test_a_continued_reply_is_replayed_as_it_was_continued(started, fan, model):
    conversation = started()
    sent = say(conversation, "Go on.")
    model(reply="The lamp went out, and then she", fail_with="stalled", fail_after=4)
    answer(sent, conversation)
    model(reply="came back.")

    sent.reply.refresh_from_db()
    services.continue_reply(fan, sent.reply)
    sent.reply.refresh_from_db()
    answer(sent.reply, conversation)

    sent.reply.refresh_from_db()
    assert sent.reply.trace["replay"]["moment"]["trigger"] == "continue"
    assert replayed(sent.reply).prompt.hash == sent.reply.prompt_hash


def test_lore_that_begins_the_reply_is_its_first_words(started, model):
    conversation = started(character_book=book(entry(content="@@depth 0\n@@role assistant\n*She looks up*")))

    model(reply=" The third shelf.")

    reply = talk(conversation, "Hello.")

    assert reply.text == "*She looks up* The third shelf."
    assert replayed(reply).prompt.hash == reply.prompt_hash
