"""Another one, go on, stop, edit, rate: the tree grows, nothing is lost."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chat import services
from chat.exceptions import EditRefused, NotAReply, TurnInProgress
from chat.models import Message
from chat.tests.factories import answer, reload, say, talk
from moderation.exceptions import MessageBlocked


def test_another_reply_is_a_swipe_of_the_same_message(conversation, fan, model):
    model(replies=["One.", "Two."])
    first = talk(conversation, "Hello.")

    second = services.regenerate(fan, first)
    answer(second, conversation)

    second.refresh_from_db()
    assert (second.parent, second.position, second.text) == (first.parent, 1, "Two.")
    assert second.seed != first.seed
    assert reload(conversation).head == second
    assert reload(conversation).turns_count == 1


def test_a_failed_reply_is_tried_again_in_its_place(conversation, fan, model):
    model(fail_with="connect")
    reply = talk(conversation, "Hello.")
    model(reply="Here.")

    again = services.regenerate(fan, reply)
    answer(again, conversation)

    again.refresh_from_db()
    assert again.pk == reply.pk
    assert (again.text, again.status, again.attempt, again.error) == ("Here.", "complete", 2, "")
    assert conversation.messages.filter(role="character").count() == 3  # two greetings and this


def test_an_interrupted_reply_goes_on_where_it_stopped(conversation, fan, model):
    model(reply="The lamp went out, and then", fail_with="stalled", fail_after=4)
    reply = talk(conversation, "Go on.")
    fake = model(reply=" and she lit it again.")

    services.continue_reply(fan, reply)
    answer(Message.objects.get(pk=reply.pk), conversation)

    reply.refresh_from_db()
    assert reply.text == "The lamp went out, and she lit it again."
    assert fake.calls[0].messages[-1].content == "The lamp went out,"
    assert (reply.status, reply.attempt) == ("complete", 2)


def test_a_whole_reply_goes_on_as_a_swipe_and_stays_as_it_was(conversation, fan, model):
    model(reply="Done.")
    reply = talk(conversation, "Hello.")
    fake = model(reply=" Or nearly.")

    longer = services.continue_reply(fan, reply)
    assert longer.text == "Done."
    answer(longer, conversation)

    longer.refresh_from_db()
    reply.refresh_from_db()
    assert (longer.text, longer.status, longer.position) == ("Done. Or nearly.", "complete", 1)
    assert fake.calls[0].messages[-1].content == "Done."
    assert (reply.text, reply.attempt, reply.status) == ("Done.", 1, "complete")
    assert reload(conversation).head == longer


def test_a_reply_that_was_cut_off_and_answered_goes_on_as_a_swipe(conversation, fan, model):
    model(reply="The lamp went out, and then", fail_with="stalled", fail_after=4)
    reply = talk(conversation, "Go on.", "client-0001")
    model(replies=["Yes.", " and she lit it again."])
    talk(conversation, "Did it?", "client-0002")

    longer = services.continue_reply(fan, reply)
    answer(longer, conversation)

    reply.refresh_from_db()
    longer.refresh_from_db()
    assert (reply.text, reply.status) == ("The lamp went out,", "interrupted")
    assert (longer.text, longer.position) == ("The lamp went out, and she lit it again.", 1)


@pytest.mark.parametrize(
    ("_case", "changes"),
    [
        ("taken down", {"removed_at": datetime(2026, 1, 1, tzinfo=UTC)}),
        ("stopped by the safety check", {"status": "blocked"}),
        ("nothing was said", {"text": ""}),
        ("as long as a reply may be", {"text": "a" * 16_001}),
    ],
)
def test_what_has_no_more_to_it_is_not_continued(conversation, fan, model, _case, changes):
    model(reply="Done.")
    reply = talk(conversation, "Hello.")
    Message.objects.filter(pk=reply.pk).update(**changes)

    with pytest.raises(NotAReply):
        services.continue_reply(fan, Message.objects.get(pk=reply.pk))

    assert conversation.messages.filter(parent=reply.parent).count() == 1


def test_a_greeting_is_not_answered_anew(conversation, fan):
    with pytest.raises(NotAReply):
        services.regenerate(fan, conversation.head)


def test_swiping_back_shows_that_branch_to_its_end(conversation, fan, model):
    model(replies=["One.", "Then three.", "Two."])
    first = talk(conversation, "Hello.", "client-0001")
    later = talk(conversation, "And?", "client-0002")
    second = services.regenerate(fan, first)
    answer(second, conversation)

    services.select_swipe(fan, first)

    assert reload(conversation).head == later


def test_another_greeting_can_be_chosen(conversation, fan):
    other = conversation.messages.get(position=1)

    services.select_swipe(fan, other)

    assert reload(conversation).head == other


def test_nothing_is_swiped_while_a_reply_is_written(conversation, fan):
    say(conversation, "Hello.")

    with pytest.raises(TurnInProgress):
        services.select_swipe(fan, conversation.messages.get(position=1, depth=0))


def test_editing_one_s_own_words_begins_a_branch(conversation, fan, model):
    model(replies=["One.", "Two."])
    first = talk(conversation, "Hello.", "client-0001")

    sent = services.edit_message(fan, first.parent, text="Good evening.", client_id="client-0002")
    answer(sent, conversation)

    assert (sent.message.text, sent.message.position, sent.message.parent) == ("Good evening.", 1, first.parent.parent)
    assert reload(conversation).head == sent.reply
    first.refresh_from_db()
    assert first.text == "One."


def test_editing_the_character_s_words_makes_a_swipe_without_a_model(conversation, fan, model):
    fake = model(reply="One.")
    first = talk(conversation, "Hello.")

    swipe = services.edit_message(fan, first, text="One, two.", client_id="client-0002")

    assert isinstance(swipe, Message)
    assert (swipe.text, swipe.position, swipe.role, swipe.status) == ("One, two.", 1, "character", "complete")
    assert swipe.edited_at is not None
    assert reload(conversation).head == swipe
    assert len(fake.calls) == 1


def test_words_put_into_a_character_s_mouth_are_screened(conversation, fan, model):
    model(reply="One.")
    first = talk(conversation, "Hello.")

    with pytest.raises(MessageBlocked):
        services.edit_message(fan, first, text="Here is how to build a pipe bomb at home.", client_id="client-0002")

    assert reload(conversation).head == first


def test_a_reply_being_written_is_not_edited(conversation, fan):
    sent = say(conversation, "Hello.")

    with pytest.raises(EditRefused):
        services.edit_message(fan, sent.reply, text="No.", client_id="client-0002")


def test_a_stopped_reply_keeps_what_the_job_had_said(conversation, fan, model):
    model(reply="A long answer.")
    sent = say(conversation, "Hello.")
    turn = services.open_turn(reload(conversation), sent.reply)
    turn.say("A long")

    assert services.stop_reply(fan, sent.reply)
    turn.end("stopped")
    services.close_turn(turn)

    sent.reply.refresh_from_db()
    assert (sent.reply.status, sent.reply.text) == ("stopped", "A long")


def test_stopping_what_has_ended_changes_nothing(conversation, fan, model):
    model(reply="Done.")
    reply = talk(conversation, "Hello.")

    assert not services.stop_reply(fan, reply)

    reply.refresh_from_db()
    assert reply.status == "complete"


def test_a_stranger_stops_nothing(conversation, stranger):
    sent = say(conversation, "Hello.")

    assert not services.stop_reply(stranger, sent.reply)

    sent.reply.refresh_from_db()
    assert sent.reply.status == "pending"


def test_a_thumb_is_given_and_taken_back(conversation, fan, model):
    model(reply="Done.")
    reply = talk(conversation, "Hello.")

    services.rate_reply(fan, reply, rating=-1)
    assert Message.objects.get(pk=reply.pk).rating == -1

    services.rate_reply(fan, reply, rating=0)
    assert Message.objects.get(pk=reply.pk).rating == 0
