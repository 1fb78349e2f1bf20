"""A card that goes through any format, is edited and goes through again has lost nothing."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings

from characters.cards.files import dump, dump_book, load
from characters.tests.conftest import picture
from characters.tests.strategies import BOOK, CARD, FILES, WORLDINFO, exact, loose

FACE = picture()
WRITTEN = {"created": 1_700_000_000, "modified": 1_800_000_000}
# V2 has no place for V3's fields among its own: they come back at the end.
SPELLING = {"v2-png": loose, "v3-png": exact, "json": exact, "charx": exact}


def edited(card):
    """Return `card` with a text, one of our own fields and its first lorebook entry changed."""
    card = card.with_changes(description="edited").with_cardia(worldview="new", age=30)
    entries = card.data.get("character_book", {}).get("entries", [])
    if not entries:
        return card
    return card.with_book_entries([{**entries[0], "content": "@@role user\nedited"}, *entries[1:]])


def addressed(card, files):
    """Return those of `files` that an asset of `card` names."""
    uris = {asset["uri"] for asset in card.data.get("assets", [])}
    return {
        path: raw
        for path, raw in files.items()
        if {f"embeded://{path}", f"embedded://{path}", f"__asset:{path}"} & uris
    }


@pytest.mark.parametrize("file_format", ["v2-png", "v3-png", "json", "charx"])
@settings(max_examples=40, deadline=None)
@given(card=CARD, files=FILES)
def test_nothing_is_lost_with_an_edit_in_between(file_format, card, files):
    first = load("a.json", exact(card).encode()).card
    changed = edited(load("a", dump(first, file_format, picture=FACE, files=files, **WRITTEN)).card)
    expected = changed.as_v3(**WRITTEN)

    again = load("a", dump(changed, file_format, picture=FACE, files=files, **WRITTEN))

    spelled = SPELLING[file_format]
    assert spelled(again.card.data) == spelled(expected["data"])
    assert spelled(unknown(again.envelope)) == spelled(unknown(card))
    assert again.picture is not None
    if file_format == "json":
        files = addressed(changed, files)
    assert dict(again.files) == files


@settings(max_examples=40, deadline=None)
@given(card=CARD)
def test_reading_changes_no_value(card):
    again = load("a.json", exact(card).encode()).card

    assert exact(again.data) == exact(card["data"])
    assert exact(again.envelope) == exact({name: value for name, value in card.items() if name != "data"})


@pytest.mark.parametrize("file_format", ["lorebook_v3", "sillytavern"])
@settings(max_examples=40, deadline=None)
@given(book=BOOK)
def test_book_loses_nothing_with_an_edit_in_between(file_format, book):
    spelled = exact if file_format == "lorebook_v3" else loose
    first = load("b.json", dump_book(book, {"x_root": 1.0}, file_format)).book
    assert spelled(without_defaults(first, book)) == spelled(book)
    for entry in first["entries"][:1]:
        entry["content"] = "edited"

    again = load("b.json", dump_book(first, {"x_root": 1.0}, file_format))

    assert spelled(again.book) == spelled(first)
    assert again.envelope == ({"spec": "lorebook_v3", "x_root": 1.0} if file_format == "lorebook_v3" else {})


@settings(max_examples=40, deadline=None)
@given(world=WORLDINFO)
def test_world_info_loses_nothing_with_an_edit_in_between(world):
    book = load("w.json", exact(world).encode()).book
    for entry in book["entries"]:
        entry["content"] += "!"

    written = json.loads(dump_book(book, {}, "sillytavern"))

    for entry in world["entries"].values():
        entry["content"] += "!"
    assert set(world) <= set(written)
    for name, value in world.items():
        if name != "entries":
            assert exact(written[name]) == exact(value)
    assert list(written["entries"]) == list(world["entries"])
    for name, entry in world["entries"].items():
        assert loose({key: written["entries"][name].get(key, "gone") for key in entry}) == loose(entry)


def unknown(envelope):
    return {name: value for name, value in envelope.items() if name.startswith("x_")}


def without_defaults(read, written):
    """Return `read` with only what was `written`: world info has no absent fields."""
    pairs = zip(read["entries"], written["entries"], strict=True)
    entries = [only(entry, old) | {"extensions": only(entry["extensions"], old["extensions"])} for entry, old in pairs]
    return {**read, "entries": entries}


def only(found, wanted):
    return {name: value for name, value in found.items() if name in wanted}
