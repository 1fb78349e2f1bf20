"""Two tabs over one tree: whoever comes second is told so, and nothing is half done."""

from __future__ import annotations

import pytest

from chat import services
from chat.exceptions import ConversationMoved, EditRefused, MessageDeleted, StaleEdit, TurnInProgress
from chat.models import Message
from chat.tests.factories import answer, reload, say, talk
from companion_site.core.exceptions import NotFound


@pytest.fixture
def two_turns(conversation, model):
    model(replies=["One.", "Two.", "Three."])
    return talk(conversation, "First.", "client-0001"), talk(conversation, "Second.", "client-0002")


def count(conversation):
    return conversation.messages.count()


def test_words_sent_after_a_branch_deleted_meanwhile_are_not_stored(conversation, fan, two_turns):
    as_the_tab_read_it = reload(conversation)
    services.delete_message(fan, two_turns[1])
    before = count(conversation)

    with pytest.raises(ConversationMoved):
        services.send_message(as_the_tab_read_it, fan, text="And then?", client_id="client-0003")

    assert count(conversation) == before
    assert reload(conversation).head_id == two_turns[1].parent_id
    assert reload(conversation).turns_count == 2


def test_words_sent_after_every_greeting_went_meanwhile_are_not_stored(conversation, fan):
    as_the_tab_read_it = reload(conversation)
    for greeting in conversation.messages.all():
        services.delete_message(fan, greeting)

    with pytest.raises(ConversationMoved):
        services.send_message(as_the_tab_read_it, fan, text="Hello?", client_id="client-0003")

    assert not conversation.messages.living().exists()


def test_a_direction_is_refused_the_same_way(conversation, fan, two_turns):
    as_the_tab_read_it = reload(conversation)
    services.jump_to(fan, two_turns[0])
    before = count(conversation)

    with pytest.raises(ConversationMoved):
        services.direct(as_the_tab_read_it, fan, text="It begins to snow.", client_id="client-0003")

    assert count(conversation) == before


def test_the_same_message_sent_again_after_its_deletion_says_so(conversation, fan, two_turns):
    asked = two_turns[1].parent
    services.delete_message(fan, asked)
    before = count(conversation)

    with pytest.raises(MessageDeleted) as refused:
        services.send_message(reload(conversation), fan, text="Second.", client_id="client-0002")

    assert refused.value.extra == {"message": str(asked.public_id)}
    assert count(conversation) == before


def test_the_same_message_sent_again_after_its_reply_was_deleted_says_so(conversation, fan, two_turns):
    services.delete_message(fan, two_turns[1])
    before = count(conversation)

    with pytest.raises(MessageDeleted):
        services.send_message(reload(conversation), fan, text="Second.", client_id="client-0002")

    assert count(conversation) == before


@pytest.mark.parametrize("action", [services.regenerate, services.continue_reply], ids=["regenerate", "continue"])
def test_nothing_is_written_beside_what_was_deleted_meanwhile(conversation, fan, two_turns, action):
    as_the_tab_read_it = Message.objects.select_related("parent").get(pk=two_turns[1].pk)
    services.delete_message(fan, two_turns[1].parent)
    before = count(conversation)

    with pytest.raises(NotFound):
        action(fan, as_the_tab_read_it)

    assert count(conversation) == before
    assert reload(conversation).head == two_turns[0]


def test_a_turn_begun_in_another_tab_keeps_a_branch_from_being_deleted(conversation, fan, two_turns):
    sent = say(conversation, "Third.", "client-0003")

    with pytest.raises(TurnInProgress):
        services.delete_message(fan, two_turns[0])

    answer(sent, conversation)
    sent.reply.refresh_from_db()
    assert (sent.reply.text, sent.reply.status) == ("Three.", "complete")


def test_an_edit_of_what_was_deleted_meanwhile_is_stale(conversation, fan, two_turns):
    message = two_turns[1].parent
    services.delete_message(fan, message)
    before = count(conversation)

    for known in (message, Message.objects.get(pk=message.pk)):
        with pytest.raises(StaleEdit):
            services.edit_message(fan, known, text="Other words.", client_id="client-0003")

    assert count(conversation) == before


def test_an_edit_of_what_was_edited_meanwhile_is_stale(conversation, fan, two_turns):
    reply = two_turns[1]
    stamp = services.edit_stamp(reply)
    services.edit_message(fan, reply, text="As the first tab says.", client_id="client-0003", stamp=stamp)
    before = count(conversation)

    with pytest.raises(StaleEdit):
        services.edit_message(fan, reply, text="As the second tab says.", client_id="client-0004", stamp=stamp)

    assert count(conversation) == before
    assert reload(conversation).head.text == "As the first tab says."


def test_an_edit_of_what_was_drawn_anew_meanwhile_is_stale(conversation, fan, model):
    model(fail_with="connect")
    reply = talk(conversation, "Hello.")
    stamp = services.edit_stamp(reply)
    model(reply="Here.")
    answer(services.regenerate(fan, reply), conversation)

    with pytest.raises(StaleEdit):
        services.edit_message(fan, Message.objects.get(pk=reply.pk), text="Gone.", client_id="client-0003", stamp=stamp)

    assert Message.objects.get(pk=reply.pk).text == "Here."


def test_a_swipe_drawn_meanwhile_makes_no_edit_stale(conversation, fan, two_turns):
    reply = two_turns[1]
    stamp = services.edit_stamp(reply)
    answer(services.regenerate(fan, reply), conversation)

    swipe = services.edit_message(fan, reply, text="In my words.", client_id="client-0003", stamp=stamp)

    assert (swipe.text, swipe.position) == ("In my words.", 2)


@pytest.mark.parametrize("role", ["fan", "character"])
def test_an_edit_sent_twice_is_one(conversation, fan, two_turns, role):
    message = two_turns[1] if role == "character" else two_turns[1].parent
    stamp = services.edit_stamp(message)
    words = {"text": "In other words.", "client_id": "client-0003", "stamp": stamp}
    first = services.edit_message(fan, message, **words)
    before = count(conversation)

    again = services.edit_message(fan, message, **words)

    assert getattr(again, "message", again) == getattr(first, "message", first)
    assert count(conversation) == before


def test_an_edit_sent_again_after_its_deletion_says_so(conversation, fan, two_turns):
    words = {"text": "In other words.", "client_id": "client-0003"}
    swipe = services.edit_message(fan, two_turns[1], **words)
    services.delete_message(fan, swipe)

    with pytest.raises(MessageDeleted):
        services.edit_message(fan, two_turns[1], **words)

    assert conversation.messages.filter(text="In other words.", deleted_at=None).count() == 0


def test_swipes_keep_their_places_when_one_between_them_goes_and_comes(conversation, fan, two_turns):
    reply = two_turns[1]
    second = services.edit_message(fan, reply, text="b", client_id="client-0003")
    services.delete_message(fan, second)

    third = services.edit_message(fan, reply, text="c", client_id="client-0004")
    services.restore_message(fan, second)

    places = conversation.messages.filter(parent=reply.parent).order_by("position").values_list("position", "text")
    assert list(places) == [(0, "Two."), (1, "b"), (2, "c")]
    assert third.position == 2


def test_nothing_is_edited_while_a_reply_is_written(conversation, fan, two_turns):
    sent = say(conversation, "Third.", "client-0003")
    before = count(conversation)

    for message, error in (
        (two_turns[0], TurnInProgress),
        (two_turns[0].parent, TurnInProgress),
        (sent.reply, EditRefused),
    ):
        with pytest.raises(error):
            services.edit_message(fan, message, text="Else.", client_id="client-0004")

    assert count(conversation) == before
    assert reload(conversation).head == sent.reply
