"""Naming places and chats: one name a place, one place a name, nothing kept for what is gone."""

from __future__ import annotations

import pytest

from chat import branch_view, services
from chat.exceptions import MessageUnreadable, PlaceNameTaken, TooManyPlaces
from chat.models import Checkpoint, Conversation
from chat.services import naming
from chat.tests.factories import reload, talk
from companion_site.core.exceptions import Invalid, NotFound


@pytest.fixture
def two_turns(conversation, model):
    model(replies=["One.", "Two."])
    return talk(conversation, "First.", "client-0001"), talk(conversation, "Second.", "client-0002")


def test_a_place_has_a_name_and_can_be_gone_to(conversation, fan, two_turns):
    first, _second = two_turns

    place = services.name_checkpoint(fan, first, name="  Before \n the quarrel ")
    services.jump_to(fan, place.message)

    assert [row.name for row in branch_view.places_of(conversation)] == ["Before the quarrel"]
    assert reload(conversation).head == first


def test_a_place_named_again_has_the_new_name(conversation, fan, two_turns):
    first, _second = two_turns
    services.name_checkpoint(fan, first, name="Here")

    services.name_checkpoint(fan, first, name="The first evening")

    assert list(Checkpoint.objects.values_list("name", flat=True)) == ["The first evening"]


def test_a_name_stands_for_one_place(conversation, fan, two_turns):
    first, second = two_turns
    services.name_checkpoint(fan, first, name="Here")

    with pytest.raises(PlaceNameTaken) as refused:
        services.name_checkpoint(fan, second, name="Here")

    assert refused.value.extra == {"message": str(first.public_id)}
    assert Checkpoint.objects.get().message == first


def test_a_deleted_place_is_not_listed_and_leaves_its_name_to_others(conversation, fan, two_turns):
    first, second = two_turns
    services.name_checkpoint(fan, second, name="Here")
    services.delete_message(fan, second)
    assert branch_view.places_of(conversation) == []

    services.name_checkpoint(fan, first, name="Here")

    assert Checkpoint.objects.get().message == first


def test_a_place_comes_back_with_its_branch(conversation, fan, two_turns):
    second = two_turns[1]
    services.name_checkpoint(fan, second, name="Here")
    services.delete_message(fan, second)

    services.restore_message(fan, second)

    assert [row.name for row in branch_view.places_of(conversation)] == ["Here"]


def test_a_deleted_message_is_no_place(conversation, fan, two_turns):
    services.delete_message(fan, two_turns[1])

    with pytest.raises(NotFound):
        services.name_checkpoint(fan, two_turns[1], name="Too late")

    assert not Checkpoint.objects.exists()


def test_a_stranger_names_nothing_and_takes_no_name_away(conversation, fan, stranger, two_turns):
    place = services.name_checkpoint(fan, two_turns[0], name="Mine")

    with pytest.raises(NotFound):
        services.name_checkpoint(stranger, two_turns[0], name="Yours")
    services.remove_checkpoint(stranger, place)

    assert Checkpoint.objects.get().name == "Mine"


@pytest.mark.parametrize(
    ("_case", "name", "error"),
    [
        ("nothing", "   ", Invalid),
        ("nothing to see", "\u200b\u200d", Invalid),
        ("too long", "a" * 81, Invalid),
        ("no text", "a\0b", MessageUnreadable),
        ("half a character", "a\ud800", MessageUnreadable),
    ],
)
def test_what_is_no_name_is_refused(conversation, fan, _case, name, error):
    with pytest.raises(error):
        services.name_checkpoint(fan, conversation.head, name=name)

    assert not Checkpoint.objects.exists()


def test_a_chat_has_a_bounded_number_of_places(conversation, fan, two_turns):
    first, second = two_turns
    Checkpoint.objects.bulk_create(
        Checkpoint(conversation=conversation, fan=fan, message=first, name=f"Place {n}")
        for n in range(naming.MAX_PLACES)
    )

    with pytest.raises(TooManyPlaces):
        services.name_checkpoint(fan, second, name="One more")

    assert Checkpoint.objects.count() == naming.MAX_PLACES


def test_a_chat_is_given_a_name_and_loses_it(conversation):
    services.rename_conversation(conversation, title=" The winter\tone ")
    assert reload(conversation).title == "The winter one"

    services.rename_conversation(conversation, title="")
    assert reload(conversation).title == ""


@pytest.mark.parametrize(
    ("_case", "title", "error"), [("too long", "a" * 121, Invalid), ("no text", "\0", MessageUnreadable)]
)
def test_what_is_no_name_for_a_chat_is_refused(conversation, _case, title, error):
    with pytest.raises(error):
        services.rename_conversation(conversation, title=title)

    assert Conversation.objects.get().title == ""
