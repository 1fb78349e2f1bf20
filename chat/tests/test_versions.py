"""A character changes, and its fan decides: meet the new version, or stay."""

from __future__ import annotations

import pytest

from billing import services as billing
from billing.tests.factories import entitle
from characters import services as characters
from characters.locks import Kind, Target
from characters.models import Character
from characters.services.locks import set_lock
from chat import services
from chat.exceptions import TurnInProgress, VersionSuperseded
from chat.models import Conversation, Message
from chat.services.versions import keep_version, newer_version, offered_version, take_version, what_changes
from chat.tests.factories import reload, say, talk
from companion_site.core.exceptions import NotFound

NEW = "Keeper of the last lighthouse. She has begun to say good night."


def publish(mira, **data):
    mira.refresh_from_db()
    characters.update_card(mira, data=data or {"description": NEW})
    return characters.publish(mira)


def fresh(conversation):
    return Conversation.objects.select_related("version").get(pk=conversation.pk)


def test_nothing_is_offered_before_anything_has_changed(conversation, django_assert_num_queries):
    found = reload(conversation)

    with django_assert_num_queries(0):
        assert offered_version(found) is None


def test_a_new_version_waits_and_the_chat_stays_with_the_old_one(conversation, mira, model):
    fake = model(reply="Mm.")
    second = publish(mira)

    reply = talk(conversation, "Good night?")

    assert offered_version(reload(conversation)) == second
    assert reply.version.number == 1
    assert NEW not in str(fake.calls[0].messages)


def test_meeting_the_new_version_keeps_what_was_said_and_speaks_from_it(conversation, mira, model):
    fake = model(reply="Mm.")
    before = talk(conversation, "Hello.")
    second = publish(mira)

    take_version(reload(conversation), 2)

    after = talk(conversation, "Good night?", client_id="client-0002")
    assert (before.version.number, after.version) == (1, second)
    assert "begun to say good night" in str(fake.calls[-1].messages)
    assert (fresh(conversation).version, offered_version(reload(conversation))) == (second, None)


def test_each_reply_records_what_it_was_made_of(conversation, mira, model):
    model(reply="Mm.")

    reply = talk(conversation, "Hello.")

    assert reply.version == mira.published
    assert len(reply.prompt_hash) == 64
    assert (reply.model, bool(reply.preset), reply.seed > 0) == ("fake/echo", True, True)


def test_staying_is_remembered_until_a_still_newer_version_comes(conversation, mira):
    publish(mira)

    keep_version(reload(conversation), 2)

    assert offered_version(reload(conversation)) is None
    assert newer_version(reload(conversation)).number == 2
    third = publish(mira, description="Keeper of two lighthouses.")
    assert offered_version(reload(conversation)) == third


def test_a_double_click_and_two_tabs_end_where_one_click_does(conversation, mira):
    publish(mira)
    take_version(reload(conversation), 2)

    take_version(reload(conversation), 2)
    keep_version(reload(conversation), 2)

    found = fresh(conversation)
    assert (found.version.number, found.declined_version) == (2, None)


def test_the_other_tab_cannot_take_what_is_not_the_newest_any_more(conversation, mira):
    publish(mira)
    publish(mira, description="Keeper of two lighthouses.")

    with pytest.raises(VersionSuperseded):
        take_version(reload(conversation), 2)
    assert fresh(conversation).version.number == 1
    take_version(reload(conversation), 3)
    assert take_version(reload(conversation), 2).version.number == 3


def test_no_change_in_the_middle_of_a_reply(conversation, mira):
    publish(mira)
    say(conversation, "Hello?")

    with pytest.raises(TurnInProgress):
        take_version(reload(conversation), 2)

    assert fresh(conversation).version.number == 1
    keep_version(reload(conversation), 2)


def test_drawing_a_failed_reply_again_takes_the_version_of_now(conversation, mira, model, fan):
    model(fail_with="connect")
    failed = talk(conversation, "Hello?")
    assert failed.status == Message.Status.FAILED
    publish(mira)
    take_version(reload(conversation), 2)

    again = services.regenerate(fan, failed)

    assert (again.pk, again.version.number) == (failed.pk, 2)


@pytest.mark.parametrize("number", [0, 7, 99])
def test_a_version_that_is_not_there_cannot_be_chosen(conversation, mira, number):
    publish(mira)

    for choose in (take_version, keep_version):
        with pytest.raises(NotFound):
            choose(reload(conversation), number)

    assert fresh(conversation).version.number == 1


def test_what_is_taken_down_or_not_for_this_reader_is_offered_to_nobody(conversation, mira, fan):
    publish(mira)
    Character.objects.filter(pk=mira.pk).update(rating="romance")
    type(fan).objects.filter(pk=fan.pk).update(birth_on="2012-01-01")
    assert offered_version(reload(conversation)) is None
    type(fan).objects.filter(pk=fan.pk).update(birth_on="1996-05-04")
    characters.take_down(mira)

    assert offered_version(reload(conversation)) is None
    with pytest.raises(NotFound):
        take_version(reload(conversation), 2)


def test_a_rehearsal_has_no_versions(creator, mira):
    rehearsal = services.start_conversation(creator, mira, rehearsal=True)
    publish(mira)

    assert newer_version(reload(rehearsal)) is None
    with pytest.raises(NotFound):
        take_version(reload(rehearsal), 2)


def lore(name, content):
    return {"name": name, "keys": [name], "content": content, "extensions": {}, "enabled": True, "insertion_order": 1}


def test_the_readable_difference_tells_nothing_locked_or_hidden(conversation, mira, fan):
    characters.update_card(
        mira,
        data={"alternate_greetings": ["The kettle is on. Sit.", "zq locked greeting"], "system_prompt": "zq steer"},
        entries=[lore("Lamp", "It burns."), lore("zq locked name", "zq locked content")],
        cardia={"voice": {"title": "zq voice", "preset": "low"}},
    )
    set_lock(mira, Target(Kind.ENTRY, 1), price_coins=20, affinity=0)
    set_lock(mira, Target(Kind.GREETING, 2), price_coins=0, affinity=3)
    set_lock(mira, Target(Kind.VOICE), price_coins=20, affinity=0)
    story = mira.storylines.get()
    characters.update_storyline(story, title=story.title, price_coins=60, knowledge="zq knowledge")
    newer = publish(mira)

    told = what_changes(reload(conversation), newer, "en")

    assert "zq" not in str(told.changes)
    assert [(change.label, change.kind) for change in told.changes] == [("Description", "changed")]
    assert (told.lore, told.lost) == ({"added": 1}, [])


def test_a_fan_is_warned_of_a_story_that_would_be_lost(conversation, mira, fan):
    entitle(fan, mira.storylines.get().offer)
    characters.remove_storyline(mira.storylines.get())
    newer = publish(mira)

    told = what_changes(reload(conversation), newer, "en")

    assert told.lost == ["The eleventh lamp"]
    assert [change.label for change in told.changes] == ["Description", "Hidden stories · The eleventh lamp"]


def test_a_story_once_free_is_not_called_lost_when_it_was_never_open(conversation, mira):
    characters.remove_storyline(mira.storylines.get())
    newer = publish(mira)

    assert what_changes(reload(conversation), newer, "en").lost == []


def test_the_room_offers_it_calmly_and_the_page_shows_it(conversation, mira, fan_client):
    publish(mira)
    room = f"/chat/{conversation.public_id}/"
    assert "See what changed" in fan_client.get(room).content.decode()

    page = fan_client.get(f"{room}version/").content.decode()
    answer = fan_client.post(f"{room}version/", {"version": 2, "choice": "take"})

    assert "<ins>has begun to say</ins>" in page
    assert (answer.status_code, answer.headers["Location"]) == (302, room)
    assert fresh(conversation).version.number == 2
    assert "See what changed" not in fan_client.get(room).content.decode()
    assert fan_client.get(f"{room}version/").headers["Location"] == room


def test_a_fan_who_stayed_can_come_back_to_the_choice(conversation, mira, fan_client):
    publish(mira)
    room = f"/chat/{conversation.public_id}/"

    fan_client.post(f"{room}version/", {"version": 2, "choice": "keep"})

    assert "What changed since" in fan_client.get(room).content.decode()
    assert fan_client.get(f"{room}version/").status_code == 200
    assert fan_client.post(f"{room}version/", {"version": "x", "choice": "take"}).status_code == 422
    assert fan_client.post(f"{room}version/", {"version": 2, "choice": "maybe"}).status_code == 422
    assert fresh(conversation).version.number == 1


def test_the_choice_over_the_api(conversation, mira, fan_client):
    api = f"/api/v1/conversations/{conversation.public_id}/version/"
    assert fan_client.get(api).json() == {"number": 1, "newer": None}
    publish(mira)

    newer = fan_client.get(api).json()["newer"]
    kept = fan_client.post(api, {"version": 2, "choice": "keep"}).json()
    taken = fan_client.post(api, {"version": 2, "choice": "take"}).json()

    assert (newer["number"], newer["is_offered"], newer["changes"][0]["label"]) == (2, True, "Description")
    assert (kept["number"], kept["newer"]["is_offered"]) == (1, False)
    assert taken == {"number": 2, "newer": None}


def test_nobody_else_sees_or_makes_the_choice(conversation, mira, stranger_client, creator_client, moderator_client):
    publish(mira)
    page, api = f"/chat/{conversation.public_id}/version/", f"/api/v1/conversations/{conversation.public_id}/version/"

    for client in (stranger_client, creator_client, moderator_client):
        answers = [client.get(page), client.post(page, {"version": 2, "choice": "take"})]
        answers += [client.get(api), client.post(api, {"version": 2, "choice": "take"})]
        assert [answer.status_code for answer in answers] == [404] * 4

    assert fresh(conversation).version.number == 1


def test_a_gift_that_was_open_is_told_of_when_it_goes(conversation, mira):
    billing.reprice_offer(mira.storylines.get().offer, price_coins=0)
    characters.remove_storyline(mira.storylines.get())
    newer = publish(mira)

    assert what_changes(reload(conversation), newer, "en").lost == ["The eleventh lamp"]


def test_a_version_that_only_steers_differently_says_so(conversation, mira, fan_client):
    publish(mira, system_prompt="zq steer")

    page = fan_client.get(f"/chat/{conversation.public_id}/version/").content.decode()

    assert "only the way it is told to speak" in page
    assert "zq steer" not in page
