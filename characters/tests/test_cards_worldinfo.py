"""Lorebooks of SillyTavern become Books and go back as they came."""

from __future__ import annotations

import json

import pytest

from characters.cards.errors import CardRefused
from characters.cards.files import dump_book, load
from characters.cards.worldinfo import EXTENSIONS

WORLD = {
    "name": "Harbour",
    "scanDepth": 3,
    "x_root": {"keep": 1.0},
    "entries": {
        "7": {
            "uid": 7,
            "key": ["ship", "/bo+ats?/i"],
            "keysecondary": ["storm"],
            "comment": "Ships",
            "content": "They come at night.",
            "constant": False,
            "selective": True,
            "order": 90,
            "position": 4,
            "depth": 2,
            "role": 1,
            "disable": True,
            "caseSensitive": True,
            "characterFilter": {"isExclude": True, "names": ["Ada"], "tags": []},
            "addMemo": True,
        },
        "old": {"key": "tea, 茶", "content": "Green.", "position": 0},
    },
}


def book_of(world):
    return load("w.json", json.dumps(world).encode()).book


def test_world_info_becomes_a_book():
    book = book_of(WORLD)

    assert {name: value for name, value in book.items() if name != "entries"} == {
        "name": "Harbour",
        "scan_depth": 3,
        "x_root": {"keep": 1.0},
        "extensions": {},
    }
    assert book["entries"] == [
        {
            "use_regex": False,
            "id": 7,
            "keys": ["ship", "/bo+ats?/i"],
            "secondary_keys": ["storm"],
            "comment": "Ships",
            "content": "They come at night.",
            "constant": False,
            "selective": True,
            "insertion_order": 90,
            "enabled": False,
            "case_sensitive": True,
            "position": "after_char",
            "extensions": {
                "position": 4,
                "depth": 2,
                "role": 1,
                "case_sensitive": True,
                "character_filter": {"isExclude": True, "names": ["Ada"], "tags": []},
                "cardia/worldinfo": {"keys": {"addMemo": True}},
            },
        },
        {
            "use_regex": False,
            "keys": ["tea", "茶"],
            "content": "Green.",
            "position": "before_char",
            "enabled": True,
            "insertion_order": 100,
            "extensions": {"position": 0, "cardia/worldinfo": {"name": "old"}},
        },
    ]


def test_edited_book_goes_back_as_world_info():
    book = book_of(WORLD)
    book["entries"][0] |= {"enabled": True, "content": "edited", "case_sensitive": False}

    written = json.loads(dump_book(book, {}, "sillytavern"))

    changed = {"disable": False, "content": "edited", "caseSensitive": False}
    assert (written["name"], written["scanDepth"], written["x_root"]) == ("Harbour", 3, {"keep": 1.0})
    assert written["entries"]["7"] == {**WORLD["entries"]["7"], **changed}
    assert written["entries"]["old"]["key"] == ["tea", "茶"]


def test_every_key_of_theirs_has_a_place_of_its_own_and_comes_back():
    entry = {"uid": 0, "key": ["k"], "content": "c", **{name: i for i, name in enumerate(EXTENSIONS)}}

    book = book_of({"entries": {"0": entry}})

    assert len(set(EXTENSIONS.values())) == len(EXTENSIONS)
    assert book["entries"][0]["extensions"] == {ours: i for i, ours in enumerate(EXTENSIONS.values())}
    written = json.loads(dump_book(book, {}, "sillytavern"))["entries"]["0"]
    assert {name: written[name] for name in entry} == entry


def test_book_made_here_becomes_world_info():
    entries = [
        {
            "keys": ["k"],
            "content": "c",
            "enabled": True,
            "insertion_order": 5,
            "position": "before_char",
            "extensions": {},
        },
        {
            "keys": ["l"],
            "content": "d",
            "enabled": False,
            "insertion_order": 6,
            "extensions": {},
            "priority": 3,
            "id": 0,
        },
    ]

    written = json.loads(dump_book({"extensions": {}, "entries": entries}, {}, "sillytavern"))

    assert list(written["entries"]) == ["1", "0"]
    assert [row["position"] for row in written["entries"].values()] == [0, 1]
    assert [row["disable"] for row in written["entries"].values()] == [False, True]
    assert written["entries"]["0"]["extensions"] == {"cardia/entry": {"priority": 3}}


def test_entries_of_a_book_in_a_mapping_are_taken_as_they_are():
    entry = {"id": 3, "keys": ["k"], "content": "c", "enabled": False, "insertion_order": 1, "extensions": {"a": 1}}

    assert book_of({"name": "b", "entries": {"3": entry}})["entries"] == [entry]


ODD = [
    ("entry as text", {"0": "x"}, "wrong_type", "entries.0"),
    ("keys as number", {"0": {"key": 5}}, "wrong_type", "entries.0.key"),
    ("content as list", {"0": {"key": [], "content": []}}, "wrong_type", "book.entries[0].content"),
    ("order as text", {"0": {"key": [], "order": "x"}}, "wrong_type", "book.entries[0].insertion_order"),
]


@pytest.mark.parametrize(("_case", "entries", "reason", "path"), ODD, ids=[row[0] for row in ODD])
def test_odd_world_info_is_refused_with_its_place(_case, entries, reason, path):
    with pytest.raises(CardRefused) as refused:
        load("w.json", json.dumps({"entries": entries}).encode())

    assert (refused.value.reason.value, refused.value.path) == (reason, path)
