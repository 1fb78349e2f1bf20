"""Locks on their way through files: out as prices, in as offers, in every format; and nothing of them for others."""

from __future__ import annotations

import pytest

from billing.models import Offer
from characters import keys, services
from characters.cards import files
from characters.locks import NOBODY, Kind, Target, locks_of, open_card
from characters.services.locks import portable_locks, set_lock
from characters.tests.factories import complete_card

ENDINGS = {"v2-png": "png", "v3-png": "png", "json": "json", "charx": "charx"}


@pytest.fixture
def mira(creator):
    entries = [
        {"keys": ["lamp"], "content": "It burns whale oil.", "enabled": True, "insertion_order": 1, "extensions": {}},
        {"keys": ["sea"], "content": "It is cold.", "enabled": True, "insertion_order": 2, "extensions": {}},
    ]
    card = complete_card(voice={"preset": "jf_alpha", "title": "Low"}).with_book_entries(entries)
    character = services.create_character(creator, card=card)
    set_lock(character, Target(Kind.ENTRY, 0), price_coins=30, affinity=4, title="A memory")
    set_lock(character, Target(Kind.GREETING, 1), price_coins=0, affinity=2)
    set_lock(character, Target(Kind.VOICE), price_coins=25, affinity=0)
    services.publish(character)
    return character


@pytest.mark.parametrize("file_format", ENDINGS)
def test_the_creator_s_file_brings_every_lock_back_with_a_new_offer(mira, creator, stranger, file_format):
    made = services.export_card(mira, creator, file_format)

    copy, _report = services.import_card(stranger, f"mira.{ENDINGS[file_format]}", made.content)

    assert portable_locks(copy, copy.draft).data["character_book"]["entries"][0]["extensions"] == {
        "cardia": {"lock": {"price_coins": 30, "affinity": 4, "title": "A memory"}}
    }
    assert [found.target for found in locks_of(copy.draft)] == [found.target for found in locks_of(mira.draft)]
    sold = Offer.objects.filter(seller=stranger).order_by("price_coins")
    assert [(offer.kind, offer.price_coins, offer.is_active) for offer in sold] == [
        (Offer.Kind.VOICE, 25, True),
        (Offer.Kind.SECRET, 30, True),
    ]
    assert keys.opened(copy, copy.draft, creator, affinity=8).book.entries[0].content == "It is cold."


@pytest.mark.parametrize("file_format", ENDINGS)
def test_a_stranger_s_file_is_the_open_card(mira, fan, file_format):
    made = services.export_card(mira, fan, file_format)

    card = files.load(f"mira.{ENDINGS[file_format]}", made.content).card

    opened = open_card(mira.published.view, NOBODY)
    assert locks_of(card) == ()
    assert card.greetings == opened.greetings
    assert [entry.content for entry in card.book.entries] == ["It is cold."]
    assert card.cardia.voice.title == ""
    assert "voice" not in card.extension
