"""Lorebook files in and out."""

from __future__ import annotations

import copy
import json

import pytest

from billing.models import Offer
from characters.services import books
from characters.tests.factories import draft
from characters.tests.test_books import BOOK


@pytest.fixture
def harbour(creator):
    return books.create_book(creator, data=copy.deepcopy(BOOK))


def test_books_go_out_and_come_back_the_same(creator, harbour):
    made = books.export_book(harbour, "lorebook_v3")
    back, report = books.import_book(creator, made.filename, made.content)

    assert (made.filename, json.loads(made.content)["spec"], back.name) == ("Harbour.json", "lorebook_v3", "Harbour")
    assert report.spec == "lorebook_v3"
    out = back.data["entries"][0]
    assert {name: out[name] for name in BOOK["entries"][0]} == BOOK["entries"][0]
    assert back.data["x_book"] == [1]


def test_world_info_goes_out_and_comes_back(creator, harbour):
    made = books.export_book(harbour, "sillytavern")
    back, _report = books.import_book(creator, made.filename, made.content)

    assert json.loads(made.content)["entries"]["1"]["key"] == ["lamp"]
    entry = back.data["entries"][0]
    assert (entry["id"], entry["keys"], entry["content"]) == (1, ["lamp"], "It burns.")


def test_a_file_brings_its_entries_into_a_characters_book(creator, harbour):
    character = draft(creator)
    file = books.export_book(harbour, "lorebook_v3")

    for _ in range(2):
        books.import_entries(character, file.filename, file.content)

    book = character.card["character_book"]
    assert [entry["id"] for entry in book["entries"]] == [1, 2]
    assert (book["name"], book["scan_depth"], book["x_book"], book["entries"][1]["x_entry"]) == (
        "Harbour",
        3,
        [1],
        {"a": None},
    )


def test_a_lock_with_a_price_in_a_file_becomes_the_creators_own_offer(creator):
    character = draft(creator)
    lock = {"price_coins": 40, "affinity": 2, "title": "The lamp"}
    entry = {"keys": ["lamp"], "content": "", "extensions": {"cardia": {"lock": lock}}}

    books.import_entries(
        character, "lamp.json", json.dumps({"spec": "lorebook_v3", "data": {"entries": [entry]}}).encode()
    )

    character.refresh_from_db()
    stands = character.card["character_book"]["entries"][0]["extensions"]["cardia"]["lock"]
    assert (stands["affinity"], stands["title"], "price_coins" in stands) == (2, "The lamp", False)
    assert Offer.objects.get(public_id=stands["offer"]).price_coins == 40
