"""The first words: filled, numbered as in the card, and never locked ones."""

from __future__ import annotations

import time_machine

from billing.tests.factories import entitle
from characters import keys
from characters import services as characters
from characters.locks import Kind, Target
from characters.services.locks import set_lock
from characters.tests.factories import complete_card, draft, live
from chat import services
from chat.models import Conversation, Message
from chat.services.greetings import chat_seed
from chat.tests.factories import reload, talk


def publish(creator, *greetings, locks=()):
    character = draft(creator)
    characters.update_card(character, data={"first_mes": greetings[0], "alternate_greetings": list(greetings[1:])})
    for index, price, level in locks:
        set_lock(character, Target(Kind.GREETING, index), price_coins=price, affinity=level)
    characters.publish(character)
    return character


def said(conversation):
    return [(m.position, m.text) for m in conversation.messages.filter(parent=None).order_by("position", "pk")]


def test_macros_are_filled_as_the_fan_sees_them(fan, creator):
    character = publish(creator, "{{// note}}{{user}}, {{comment: softly}} it is {{date}}.", "{{pick:one,two,three}}")

    with time_machine.travel("2026-03-04T12:00:00+00:00", tick=False):
        conversation = services.start_conversation(fan, character)

    first, second = said(conversation)
    assert first[1].startswith("Fan, softly it is")
    assert "2026" in first[1]
    assert second[1] in {"one", "two", "three"}
    assert chat_seed(conversation) == chat_seed(reload(conversation))


def test_variables_a_greeting_sets_are_its_own_state(fan, creator):
    character = publish(creator, "{{setvar::mood::calm}}Sit.", "Come in.")

    conversation = services.start_conversation(fan, character)

    calm, plain = conversation.messages.filter(parent=None).order_by("position")
    assert (calm.text, calm.state["greeting"], calm.state["variables"]["local"]) == ("Sit.", 0, {"mood": "calm"})
    assert (plain.state["greeting"], "variables" in plain.state) == (1, False)


def test_a_greeting_keeps_its_number_when_one_before_it_is_locked(fan, creator):
    character = publish(creator, "Open.", "Secret.", "Open too.", locks=[(1, 30, 0)])

    conversation = services.start_conversation(fan, character)

    assert said(conversation) == [(0, "Open."), (2, "Open too.")]
    assert [text for _, text in said(services.start_conversation(creator, character))] == [
        "Open.",
        "Secret.",
        "Open too.",
    ]


def test_a_greeting_bought_or_earned_later_joins_the_others_once(fan, fan_client, creator):
    character = publish(creator, "Open.", "Bought.", "Earned.", locks=[(1, 30, 0), (2, 0, 3)])
    conversation = services.start_conversation(fan, character)
    services.edit_message(fan, conversation.head, text="Reworded.", client_id="client-0009")
    page = f"/chat/{conversation.public_id}/"
    fan_client.get(page)
    assert said(conversation) == [(0, "Open."), (1, "Reworded.")]

    for offer in keys.lock_offers(creator.pk, character.published.view).values():
        entitle(fan, offer)
    fan_client.get(page)
    Conversation.objects.filter(pk=conversation.pk).update(turns_count=20)
    fan_client.get(page)
    fan_client.get(f"/api/v1/conversations/{conversation.public_id}/")

    assert said(conversation) == [(0, "Open."), (1, "Reworded."), (1, "Bought."), (2, "Earned.")]
    assert Message.objects.get(text="Reworded.").state["greeting"] == 0


def test_opening_the_page_of_a_card_without_locks_adds_nothing(fan, fan_client, creator):
    conversation = services.start_conversation(fan, live(creator))

    fan_client.get(f"/chat/{conversation.public_id}/")

    assert [position for position, _ in said(conversation)] == [0, 1]
    assert complete_card().alternate_greetings == ("The kettle is on. Sit.",)


def entry(content: str, **more) -> dict:
    return {"keys": ["lamp"], "content": content, "enabled": True, "insertion_order": 1, "extensions": {}, **more}


def test_an_entry_for_one_greeting_wakes_in_that_branch_alone(fan, creator, model):
    fake = model(reply="Mm.")
    character = publish(creator, "Open.", "Secret.", "Open too.", locks=[(1, 30, 0)])
    characters.update_card(character, entries=[entry("@@is_greeting 2\nThe lamp is blue."), entry("The lamp is old.")])
    characters.publish(character)
    conversation = services.start_conversation(fan, character)

    talk(conversation, "What of the lamp?")
    services.select_swipe(fan, conversation.messages.get(position=2, parent=None))
    talk(conversation, "And the lamp?", client_id="client-0002")

    first, second = (str(call.messages) for call in fake.calls)
    assert ("lamp is blue" in first, "lamp is old" in first) == (False, True)
    assert ("lamp is blue" in second, "lamp is old" in second) == (True, True)


def test_the_lorebook_of_a_storyline_wakes_for_those_who_have_unlocked_it(fan, stranger, creator, model):
    fake = model(reply="Mm.")
    character = draft(creator)
    book = {"entries": [entry("It is green.")]}
    story = characters.add_storyline(character, title="Lamps", price_coins=9, affinity=2, knowledge="k", lorebook=book)
    characters.publish(character)
    near = services.start_conversation(fan, character)
    entitle(fan, story.offer)
    talk(near, "What of the lamp?")
    Conversation.objects.filter(pk=near.pk).update(turns_count=6)

    talk(near, "And the lamp?", client_id="client-0002")
    talk(services.start_conversation(stranger, character), "What of the lamp?", client_id="client-0003")

    assert ["It is green." in str(call.messages) for call in fake.calls] == [False, True, False]
