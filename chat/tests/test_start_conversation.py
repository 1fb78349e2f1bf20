from __future__ import annotations

import pytest

from characters import services as characters
from characters.tests.factories import draft, live
from chat import services
from chat.exceptions import CharacterAway
from chat.models import Conversation
from chat.tests.factories import reload, talk


def test_the_character_speaks_first_and_other_greetings_are_swipes(fan, mira):
    conversation = services.start_conversation(fan, mira)

    greetings = list(conversation.messages.order_by("position"))
    assert [m.text for m in greetings] == [
        "*opens the door a crack* You are dripping on my stairs.",
        "The kettle is on. Sit.",
    ]
    assert {(m.role, m.parent_id, m.depth, m.status) for m in greetings} == {("character", None, 0, "complete")}
    assert conversation.head == greetings[0]


def test_a_conversation_is_pinned_to_the_published_version(fan, creator, mira):
    conversation = services.start_conversation(fan, mira)
    pinned = mira.published

    characters.update_card(mira, data={"description": "Someone else entirely."})
    characters.publish(mira)

    assert reload(conversation).version == pinned


def test_starting_again_opens_the_same_conversation(fan, mira):
    first = services.start_conversation(fan, mira)

    assert services.start_conversation(fan, mira) == first


def test_starting_afresh_begins_another(fan, mira):
    first = services.start_conversation(fan, mira)

    second = services.start_conversation(fan, mira, afresh=True)

    assert second != first
    assert Conversation.objects.owned_by(fan).count() == 2


def test_names_are_filled_into_the_greeting(fan, creator):
    character = live(creator, "Orion")
    characters.update_card(character, data={"first_mes": "{{user}}, it is {{char}}."})
    characters.publish(character)

    conversation = services.start_conversation(fan, character)

    assert conversation.head.text == "Fan, it is Orion."


def test_a_draft_is_closed_to_strangers(stranger, creator):
    with pytest.raises(CharacterAway):
        services.start_conversation(stranger, draft(creator))

    assert Conversation.objects.count() == 0


def test_its_creator_rehearses_with_the_draft_as_it_stands(creator, model):
    fake = model(reply="Mm.")
    character = draft(creator)
    conversation = services.start_conversation(creator, character)
    characters.update_card(character, data={"description": "She has learnt to juggle."})

    talk(conversation, "What can you do?")

    assert conversation.is_test
    assert "She has learnt to juggle." in fake.calls[0].messages[0].content


def test_a_rehearsal_and_a_visit_of_one_s_own_character_are_two_chats(creator, mira):
    visit = services.start_conversation(creator, mira)

    rehearsal = services.start_conversation(creator, mira, rehearsal=True)

    assert visit.version == mira.published
    assert rehearsal.version is None
