"""Whoever holds the keys gets what they open: in the prompt, as a swipe, in the file; nobody gets more."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse
from django.utils.html import strip_tags

from billing.tests.factories import entitle
from characters import keys, services
from characters.macros import MACROS
from characters.models import Character
from characters.services.books import create_book
from chat import meanings
from chat.models import Conversation
from chat.services.books import attach_book
from chat.services.notes import write_note
from chat.stage_view import room_of
from chat.tests import leaks
from chat.tests.factories import reload, talk
from chat.tests.leaks import WAKES, World
from companion_site.providers import chat_models, embedders
from conftest import _client

EVERYTHING = {"both", "offer", "level", "story"}


@pytest.fixture
def world(creator):
    return World(leaks.secret_character(creator))


def prompted() -> set[str]:
    """Return every mark of the last prompt."""
    return leaks.leaks(repr(chat_models["default"].calls[-1].messages), frozenset())


def contents(*groups: str) -> set[str]:
    return {leaks.mark(group, "content") for group in groups}


def swipes(conversation) -> list[tuple[int, str]]:
    rows = conversation.messages.filter(parent=None).order_by("position")
    return [(row.position, row.text.split()[-1]) for row in rows]


WHO = pytest.mark.parametrize(
    ("pays", "stays", "groups", "known"),
    [
        (False, False, [], set()),
        (True, False, ["offer"], set()),
        (False, True, ["level"], set()),
        (True, True, ["both", "offer", "level"], {"zqstorycontent", "zqstoryknowledge"}),
    ],
    ids=["neither", "coins", "level", "both"],
)


@WHO
def test_the_prompt_holds_what_a_fan_has_opened(world, fan, pays, stays, groups, known):
    leaks.meet(world, "fan", fan, pays=pays, stays=stays)

    assert prompted() == contents(*groups) | known


@WHO
def test_only_what_is_open_is_read_for_its_meaning(world, fan, pays, stays, groups, known):
    meanings._ready.clear()

    leaks.meet(world, "fan", fan, pays=pays, stays=stays)

    embedded = leaks.leaks(repr(embedders["default"].calls), frozenset())
    assert embedded == contents(*groups, *(["story"] if known else []))


@WHO
def test_a_greeting_is_a_swipe_for_who_has_opened_it(world, fan, pays, stays, groups, known):
    conversation = leaks.meet(world, "fan", fan, pays=pays, stays=stays)
    _client(fan).get(reverse("chat:conversation", args=[conversation.public_id]))

    places = {"both": 2, "offer": 3, "level": 4}
    assert swipes(conversation) == [
        (0, "stairs."),
        (1, "on."),
        *((places[group], leaks.mark(group, "greeting")) for group in groups),
    ]


@WHO
def test_why_names_what_woke_and_nothing_else(world, fan, pays, stays, groups, known):
    conversation = leaks.meet(world, "fan", fan, pays=pays, stays=stays)
    reply = conversation.messages.order_by("pk").last()

    page = _client(fan).get(reverse("chat:why", args=[reply.public_id])).content.decode()

    stories = {"story"} if known else set()
    named = {mark for mark in leaks.leaks(page, frozenset()) if mark.endswith("name")}
    assert named == {leaks.mark(group, "name") for group in {*groups, *stories}}


@WHO
def test_a_file_holds_what_coins_have_opened_whatever_the_level(world, fan, pays, stays, groups, known):
    leaks.meet(world, "fan", fan, pays=pays, stays=stays)

    made = json.loads(services.export_card(world.character, fan, "json").content)

    entries = made["data"]["character_book"]["entries"]
    assert [entry["name"] for entry in entries] == (["zqoffername"] if pays else [])
    assert "lock" not in json.dumps(made["data"]["extensions"])
    assert leaks.leaks(json.dumps(made), {"offer"} if pays else set()) == set()


def test_what_is_bought_in_the_middle_of_a_chat_is_there_at_once(world, fan):
    conversation = leaks.meet(world, "fan", fan)
    assert prompted() == set()
    for offer in world.offers():
        entitle(fan, offer)

    talk(conversation, WAKES, client_id="after-buying")
    _client(fan).get(reverse("chat:conversation", args=[conversation.public_id]))

    assert prompted() == contents("offer")
    assert [place for place, _word in swipes(conversation)] == [0, 1, 3]


def test_a_level_reached_opens_from_the_next_message_on(world, fan):
    conversation = leaks.meet(world, "fan", fan, pays=True)
    assert prompted() == contents("offer")
    Conversation.objects.filter(pk=conversation.pk).update(turns_count=40)

    talk(conversation, WAKES, client_id="after-long")

    assert prompted() == contents("offer", "level", "both") | {"zqstorycontent", "zqstoryknowledge"}


def test_what_is_taken_back_is_shut_again(world, fan):
    conversation = leaks.meet(world, "fan", fan, pays=True)
    fan.entitlements.update(revoked_at=fan.date_joined)

    talk(conversation, WAKES, client_id="after-refund")

    assert prompted() == set()


def test_two_fans_of_one_version_do_not_share_what_one_has_opened(world, fan, stranger):
    leaks.meet(world, "keyholder", fan, pays=True, stays=True)
    assert prompted() >= contents("both")

    leaks.meet(world, "stranger", stranger)

    assert prompted() == set()


def test_the_creator_rehearses_with_everything(world, creator):
    leaks.revise(world)
    character = Character.objects.get(pk=world.character.pk)
    conversation = reload(leaks.chat.start_conversation(creator, character, rehearsal=True))

    talk(conversation, WAKES, client_id="rehearsal")

    assert prompted() >= contents("both", "offer", "level", "draft")
    assert room_of(reload(conversation), creator).secrets == []
    assert [place for place, _word in swipes(conversation)] == [0, 1, 2, 3, 4]


def test_a_fan_of_a_draft_s_time_is_told_only_the_published_one(world, fan):
    leaks.revise(world)
    leaks.meet(world, "fan", fan, pays=True, stays=True)

    assert leaks.mark("both", "second") in prompted()
    assert not {mark for mark in prompted() if mark.startswith("zqdraft")}
    assert keys.opened(world.character, world.character.draft, fan).book.entries[-1].name == "zqdraftname"


def test_the_offer_of_a_new_version_tells_each_fan_what_they_may_know(world, fan, stranger):
    chats = [leaks.meet(world, "keyholder", fan, pays=True, stays=True), leaks.meet(world, "stranger", stranger)]
    leaks.revise(world)

    pages = [_client(one.fan).get(reverse("chat:version", args=[one.public_id])) for one in chats]

    told = [" ".join(strip_tags(page.content.decode()).split()) for page in pages]
    assert ["Keeper of the lastfirst lighthouse" in text for text in told] == [True, True]
    assert ["1 told differently" in text for text in told] == [True, False]
    assert leaks.leaks(told[1], frozenset()) == set()


def test_no_macro_of_the_fan_s_own_reads_what_is_locked(world, fan):
    conversation = leaks.meet(world, "fan", fan)
    asked = " ".join(f"{{{{{name}}}}} {{{{{name}::2}}}} {{{{{name}::card.0}}}}" for name in sorted(MACROS))
    entry = {"keys": ["lantern"], "content": asked, "constant": True}
    book = create_book(fan, name="Mine", data={"entries": [entry], "extensions": {}})
    attach_book(conversation, book)
    write_note(reload(conversation), text=asked[:4000])

    talk(conversation, WAKES, client_id="macros")

    assert prompted() == set()


@WHO
def test_the_room_names_what_is_still_shut(world, fan, pays, stays, groups, known):
    conversation = leaks.meet(world, "fan", fan, pays=pays, stays=stays)

    room = room_of(reload(conversation), fan)

    shut = sorted((one.affinity, one.offer.price_coins if one.offer else 0) for one in room.secrets)
    # An entry and a greeting of each group, and the voice, which asks for both.
    locks = [(level, price) for group, (price, level) in leaks.PRICED.items() if group not in groups]
    assert shut == sorted([*locks, *locks, *([] if "both" in groups else [(3, 25)])])
