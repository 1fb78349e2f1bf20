"""Opening and closing turns: written once, by whoever is first."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from chat import services, tasks
from chat.models import Message
from chat.tests.factories import reload, say, talk


@pytest.fixture
def sent(conversation):
    return say(conversation, "Hello.")


def dead(reply) -> None:
    Message.objects.filter(pk=reply.pk).update(heartbeat_at=timezone.now() - timedelta(seconds=30))


def test_a_turn_is_closed_once(conversation, sent):
    turn = services.open_turn(reload(conversation), sent.reply)
    turn.say("One.")
    turn.end("complete")
    services.close_turn(turn)

    turn.text = "Two."

    assert services.close_turn(turn) is None
    assert Message.objects.get(pk=sent.reply.pk).text == "One."


def test_an_old_attempt_writes_nothing(conversation, sent):
    turn = services.open_turn(reload(conversation), sent.reply)
    Message.objects.filter(pk=sent.reply.pk).update(attempt=2)
    turn.say("Late.")

    assert services.close_turn(turn) is None
    assert Message.objects.get(pk=sent.reply.pk).text == ""


def test_a_checkpoint_keeps_the_words_and_the_heartbeat(sent):
    dead(sent.reply)

    ended = services.checkpoint_replies({sent.reply.pk: "The lamp"})

    reply = Message.objects.get(pk=sent.reply.pk)
    assert ended == set()
    assert (reply.text, reply.status) == ("The lamp", "streaming")
    assert timezone.now() - reply.heartbeat_at < timedelta(seconds=5)


def test_a_checkpoint_tells_which_turns_somebody_else_has_ended(sent, fan):
    services.stop_reply(fan, sent.reply)

    assert services.checkpoint_replies({sent.reply.pk: "The lamp"}) == {sent.reply.pk}
    assert Message.objects.get(pk=sent.reply.pk).text == ""


def test_the_sweeper_closes_a_reply_whose_process_died(sent):
    services.checkpoint_replies({sent.reply.pk: "The lamp"})
    dead(sent.reply)

    assert tasks.sweep_replies() == 1

    reply = Message.objects.get(pk=sent.reply.pk)
    assert (reply.status, reply.text, reply.error) == ("interrupted", "The lamp", "reply_cut_off")
    assert reply.can_continue


def test_the_sweeper_leaves_the_living(sent):
    assert tasks.sweep_replies() == 0
    assert Message.objects.get(pk=sent.reply.pk).status == "pending"


def test_after_the_sweep_the_fan_can_speak_again(conversation, sent, model):
    model(reply="Yes.")
    dead(sent.reply)
    tasks.sweep_replies()

    reply = talk(conversation, "Are you there?", "client-0002")

    assert reply.text == "Yes."


def test_what_failed_is_not_in_the_next_prompt(conversation, model):
    model(fail_with="connect")
    talk(conversation, "Hello.", "client-0001")
    fake = model(reply="Yes.")

    talk(conversation, "Are you there?", "client-0002")

    assert [m.content for m in fake.calls[0].messages if m.role == "user"][-1] == "Hello.\nAre you there?"
    assert "The line is down" not in "\n".join(m.content for m in fake.calls[0].messages)


def test_a_turn_costs_the_same_late_in_a_long_chat(conversation, django_assert_num_queries):
    fresh = reload(conversation)
    services.send_message(fresh, fresh.fan, text="Warm up the sheet.", client_id="client-0000")
    Message.objects.running().update(status="complete", text="Yes.")
    fresh = reload(conversation)

    # savepoint pair · 2 rows · conversation · path · offers owned, offers free · state · books · memories
    with django_assert_num_queries(12):
        sent = services.send_message(fresh, fresh.fan, text="Hello.", client_id="client-0001")
        services.open_turn(fresh, sent.reply)
