"""Deleting a branch and bringing it back, jumping about in the tree: the head is always somewhere that lives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from chat import services, tasks
from chat.exceptions import BranchGone, EditRefused, NotAReply, TurnInProgress
from chat.models import Checkpoint, Memory, Message
from chat.stage_view import shown_messages
from chat.tests.factories import answer, reload, say, talk
from companion_site.core.exceptions import NotFound
from moderation.models import Case


@pytest.fixture
def two_turns(conversation, model):
    """Return the replies of two exchanges."""
    model(replies=["One.", "Two."])
    return talk(conversation, "First.", "client-0001"), talk(conversation, "Second.", "client-0002")


def texts(conversation):
    return [row.message.text for row in shown_messages(reload(conversation))]


def test_a_deleted_branch_goes_with_all_that_hangs_on_it(conversation, fan, two_turns):
    first, _second = two_turns

    services.delete_message(fan, first.parent)

    assert reload(conversation).head.parent_id is None
    assert texts(conversation) == [conversation.head.text]
    assert conversation.messages.filter(deleted_at__isnull=False).count() == 4
    assert len(set(conversation.messages.exclude(deleted_at=None).values_list("deleted_at", flat=True))) == 1


def test_a_deleted_reply_leaves_the_swipe_beside_it(conversation, fan, model):
    model(replies=["One.", "Then three.", "Two."])
    first = talk(conversation, "Hello.", "client-0001")
    later = talk(conversation, "And?", "client-0002")
    second = services.regenerate(fan, first)
    answer(second, conversation)

    services.delete_message(fan, second)

    assert reload(conversation).head == later
    assert [len(row.swipes) for row in shown_messages(reload(conversation))] == [2, 1, 1, 1, 1]


def test_a_deleted_first_swipe_leaves_the_one_after_it(conversation, fan, two_turns, model):
    _first, reply = two_turns
    model(reply="Another.")
    other = services.regenerate(fan, reply)
    answer(other, conversation)
    services.select_swipe(fan, reply)

    services.delete_message(fan, reply)

    assert reload(conversation).head == other


def test_an_only_reply_leaves_the_words_it_answered_which_can_be_answered_anew(conversation, fan, two_turns, model):
    _first, second = two_turns
    services.delete_message(fan, second)
    asked = Message.objects.get(pk=second.parent_id)
    assert reload(conversation).head == asked
    model(reply="Anew.")

    again = services.regenerate(fan, asked)
    answer(again, conversation)

    again.refresh_from_db()
    assert (again.text, again.parent, again.position) == ("Anew.", asked, 1)


def test_what_is_not_on_show_goes_without_moving_the_head(conversation, fan, two_turns):
    other = conversation.messages.get(position=1, parent=None)

    services.delete_message(fan, other)

    assert reload(conversation).head == two_turns[1]


def test_with_every_greeting_gone_the_first_words_are_the_fan_s(conversation, fan, model):
    model(reply="Who is there?")
    for greeting in conversation.messages.all():
        services.delete_message(fan, greeting)
    assert reload(conversation).head is None

    reply = talk(conversation, "Hello?")

    assert (reply.text, reply.depth, reply.parent.parent) == ("Who is there?", 1, None)


def test_undone_at_once_everything_is_as_before(conversation, fan, two_turns):
    first, second = two_turns
    before = texts(conversation)
    services.delete_message(fan, first.parent)

    services.restore_message(fan, first.parent)

    assert reload(conversation).head == second
    assert texts(conversation) == before
    assert not conversation.messages.exclude(deleted_at=None).exists()


def test_an_undo_leads_back_to_the_branch_that_was_on_show(conversation, fan, two_turns, model):
    first, second = two_turns
    model(reply="Newer.")
    answer(services.regenerate(fan, first), conversation)
    services.select_swipe(fan, first)
    assert reload(conversation).head == second
    services.delete_message(fan, first.parent)

    services.restore_message(fan, first.parent, shown=second)

    assert reload(conversation).head == second


def test_an_undo_does_not_lead_to_what_stays_deleted(conversation, fan, two_turns):
    first, second = two_turns
    with time_machine.travel(datetime(2026, 11, 23, 12, tzinfo=UTC), tick=False):
        services.delete_message(fan, second)
    with time_machine.travel(datetime(2026, 11, 23, 13, tzinfo=UTC), tick=False):
        services.delete_message(fan, first)

        services.restore_message(fan, first, shown=second)

    assert reload(conversation).head_id == second.parent_id


def test_an_undo_leads_nowhere_else(conversation, fan, two_turns, mira):
    first, second = two_turns
    other = services.start_conversation(fan, mira, afresh=True).head
    for elsewhere in (other, first.parent.parent):
        services.delete_message(fan, second)

        services.restore_message(fan, second, shown=elsewhere)

        assert reload(conversation).head == second


def test_what_was_deleted_before_stays_deleted(conversation, fan, two_turns):
    first, second = two_turns
    with time_machine.travel(datetime(2026, 11, 23, 12, tzinfo=UTC), tick=False):
        services.delete_message(fan, second.parent)
    with time_machine.travel(datetime(2026, 11, 23, 13, tzinfo=UTC), tick=False):
        services.delete_message(fan, first.parent)

        services.restore_message(fan, first.parent)

    assert texts(conversation)[1:] == ["First.", "One."]
    assert {row.text for row in conversation.messages.exclude(deleted_at=None)} == {"Second.", "Two."}


def test_nothing_comes_back_to_where_nothing_is(conversation, fan, two_turns):
    first, second = two_turns
    with time_machine.travel(datetime(2026, 11, 23, 12, tzinfo=UTC), tick=False):
        services.delete_message(fan, second.parent)
    with time_machine.travel(datetime(2026, 11, 23, 13, tzinfo=UTC), tick=False):
        services.delete_message(fan, first.parent)

        with pytest.raises(BranchGone):
            services.restore_message(fan, second.parent)

    assert conversation.messages.exclude(deleted_at=None).count() == 4


def test_deleting_or_restoring_twice_is_once(conversation, fan, two_turns):
    reply = two_turns[1]
    services.delete_message(fan, reply)
    gone_at = Message.objects.get(pk=reply.pk).deleted_at

    services.delete_message(fan, reply)
    assert Message.objects.get(pk=reply.pk).deleted_at == gone_at

    services.restore_message(fan, reply)
    services.restore_message(fan, reply)
    assert reload(conversation).head == reply


def test_nothing_moves_while_a_reply_is_written(conversation, fan):
    sent = say(conversation, "Hello.")
    head = reload(conversation).head
    place = conversation.messages.filter(parent=None).first()

    for move in (services.delete_message, services.jump_to, services.select_swipe):
        for message in (sent.message, place):
            with pytest.raises(TurnInProgress) as refused:
                move(fan, message)
            assert refused.value.extra == {"reply": str(sent.reply.public_id)}

    assert reload(conversation).head == head
    assert not conversation.messages.exclude(deleted_at=None).exists()


def test_nothing_comes_back_while_a_reply_is_written(conversation, fan, two_turns):
    services.delete_message(fan, two_turns[1])
    sent = say(conversation, "Third.", "client-0003")

    with pytest.raises(TurnInProgress):
        services.restore_message(fan, two_turns[1])

    assert reload(conversation).head == sent.reply
    assert Message.objects.get(pk=two_turns[1].pk).deleted_at is not None


def test_jumping_back_and_saying_something_else_begins_a_branch(conversation, fan, two_turns, model):
    first, second = two_turns
    model(reply="Else.")

    services.jump_to(fan, first)
    assert reload(conversation).head == first
    other = talk(conversation, "Something else.", "client-0003")

    assert other.parent.parent == first
    assert texts(conversation)[1:] == ["First.", "One.", "Something else.", "Else."]
    services.select_swipe(fan, second.parent)
    assert texts(conversation)[1:] == ["First.", "One.", "Second.", "Two."]


def test_the_platform_s_card_is_neither_a_place_nor_deleted_alone(conversation, fan, model):
    model(reply="I am here.")
    talk(conversation, "I want to kill myself tonight")
    card = conversation.messages.get(role="platform")

    for move in (services.delete_message, services.jump_to):
        with pytest.raises(EditRefused):
            move(fan, card)
    with pytest.raises(NotAReply):
        services.regenerate(fan, card)

    services.delete_message(fan, card.parent)
    card.refresh_from_db()
    assert card.deleted_at is not None


def test_a_stranger_moves_nothing(conversation, fan, stranger, two_turns):
    for move in (services.delete_message, services.jump_to, services.select_swipe, services.restore_message):
        with pytest.raises(NotFound):
            move(stranger, two_turns[0])

    assert reload(conversation).head == two_turns[1]
    assert not conversation.messages.exclude(deleted_at=None).exists()


def test_what_is_deleted_is_out_of_the_export_and_of_what_is_remembered(conversation, fan, two_turns, mira):
    services.delete_message(fan, two_turns[1].parent)

    told = services.export_conversation(reload(conversation))

    assert {row["text"] for row in told["messages"]}.isdisjoint({"Second.", "Two."})
    assert services.digest_message(Message.objects.get(pk=two_turns[1].parent_id)) == []


def test_frozen_evidence_outlives_the_deletion(conversation, fan, two_turns):
    reply = two_turns[1]
    services.report_message(fan, reply, policy_hint="OOC-01", text="Look.")
    before = Case.objects.get().snapshots.get().evidence

    with time_machine.travel(datetime.now(UTC)) as clock:
        services.delete_message(fan, reply)
        clock.shift(timedelta(days=31))
        services.purge_deleted()

    assert not Message.objects.filter(pk=reply.pk).exists()
    assert Case.objects.get().snapshots.get().evidence == before
    assert "Two." in str(before)


def test_after_thirty_days_it_is_gone_for_good(conversation, fan, two_turns, mira):
    first, second = two_turns
    place = services.name_checkpoint(fan, second, name="The end")
    memory = Memory.objects.create(
        fan=fan, character=mira, message=second.parent, kind="event", text="It snowed.", told_at=second.created_at
    )
    with time_machine.travel(datetime.now(UTC)) as clock:
        services.delete_message(fan, second.parent)
        clock.shift(timedelta(days=30, seconds=1))

        with pytest.raises(NotFound):
            services.restore_message(fan, second.parent)
        assert tasks.purge_deleted() == 0
        clock.shift(timedelta(hours=1))
        assert tasks.purge_deleted() == 2
        assert tasks.purge_deleted() == 0

    memory.refresh_from_db()
    assert memory.message is None
    assert not Checkpoint.objects.filter(pk=place.pk).exists()
    assert reload(conversation).head == first


def test_of_a_greeting_only_its_number_is_kept(conversation, fan):
    other = conversation.messages.get(position=1)
    with time_machine.travel(datetime.now(UTC)) as clock:
        services.delete_message(fan, other)
        clock.shift(timedelta(days=31))
        services.purge_deleted()

    other.refresh_from_db()
    assert (other.text, other.state["greeting"]) == ("", 1)
    services.refresh_greetings(reload(conversation))
    assert [len(row.swipes) for row in shown_messages(reload(conversation))] == [1]


def test_what_is_said_after_going_back_has_a_place_of_its_own_beside_what_was_said(conversation, fan, two_turns):
    first, second = two_turns
    services.jump_to(fan, first)

    sent = say(reload(conversation), "Or this.", "client-0003")

    assert sent.message.parent == first
    assert [second.parent.position, sent.message.position] == [0, 1]
