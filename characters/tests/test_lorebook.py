"""Which words wake an entry: keys, case, whole words, Chinese, secondary keys, depth, other texts."""

from __future__ import annotations

import pytest

from characters.lorebook import ScanMessage, ScanRequest, ScanSettings, Sources, scan
from characters.tests.lore import book, entry, names, run


@pytest.mark.parametrize(
    ("_case", "text", "key", "whole", "expected"),
    [
        ("chinese inside a word", "他拔出断剑了", "断剑", True, True),
        ("single han", "一把剑。", "剑", True, True),
        ("latin whole word", "the elf sang", "elf", True, True),
        ("latin inside a word", "myself", "elf", True, False),
        ("latin inside a word, anywhere", "myself", "elf", False, True),
        ("latin beside han", "遇见elf了", "elf", True, True),
        ("digits are of the word", "elf2", "elf", True, False),
        ("underscore is of the word", "elf_king", "elf", True, False),
        ("symbols", "I write C++ daily", "c++", True, True),
        ("symbols glued", "c++11", "c++", True, False),
        ("several words are never whole", "the last lighthouses", "last lighthouse", True, True),
        ("at both ends", "elf", "elf", True, True),
        ("found again later", "elves, elfs, elf", "elf", True, True),
        ("full width folds", "ＥＬＦ", "elf", False, True),
        ("sharp s folds", "STRASSE", "straße", False, True),
        ("spaces around a key", "an elf", "  elf ", False, True),
        ("empty key", "x", "", False, False),
        ("not there", "dwarf", "elf", False, False),
        ("japanese", "東京タワーへ", "タワー", True, True),
        ("korean", "서울에서", "서울", True, True),
    ],
)
def test_key_is_named(_case, text, key, whole, expected):
    found = run(book(entry("it", key)), text, settings={"match_whole_words": whole})

    assert names(found) == (["it"] if expected else [])


@pytest.mark.parametrize(
    ("_case", "text", "key", "whole", "expected"),
    [
        ("same case", "the Elf", "Elf", False, True),
        ("other case", "the elf", "Elf", False, False),
        ("whole", "the Elf", "Elf", True, True),
        ("inside", "Elfin", "Elf", True, False),
        ("full width is another", "Ｅlf", "Elf", False, False),
    ],
)
def test_case_sensitive_entry_wants_the_key_as_written(_case, text, key, whole, expected):
    found = run(book(entry("it", key, case_sensitive=True, match_whole_words=whole)), text)

    assert names(found) == (["it"] if expected else [])


def test_settings_decide_where_the_entry_is_silent():
    lore = book(entry("asks", "Elf"), entry("own", "Elf", case_sensitive=False))

    assert names(run(lore, "elf", settings={"case_sensitive": True})) == ["own"]


@pytest.mark.parametrize(
    ("logic", "expected"),
    [
        (0, {"": False, "x": True, "x y": True}),
        (1, {"": True, "x": True, "x y": False}),
        (2, {"": True, "x": False, "x y": False}),
        (3, {"": False, "x": False, "x y": True}),
    ],
)
def test_secondary_keys_decide_by_their_logic(logic, expected):
    lore = book(entry("it", "elf", secondary_keys=["x", "y"], selective=True, selectiveLogic=logic))

    assert {said: names(run(lore, f"elf {said}")) == ["it"] for said in expected} == expected


@pytest.mark.parametrize(("logic", "expected"), [(0, []), (1, ["it"]), (2, ["it"]), (3, [])])
def test_empty_secondary_key_is_never_named(logic, expected):
    assert (
        names(run(book(entry("it", "elf", secondary_keys=[""], selective=True, selectiveLogic=logic)), "elf"))
        == expected
    )


def test_what_is_not_selective_ignores_its_secondary_keys():
    assert names(run(book(entry("it", "elf", secondary_keys=["x"])), "elf")) == ["it"]


def test_missing_secondary_key_is_told():
    found = run(book(entry("it", "elf", secondary_keys=["x"], selective=True)), "old", "an elf")

    assert [(row.name, row.reason, row.is_kept, row.key, row.message) for row in found.trace.rows] == [
        ("it", "no_secondary", False, "elf", 0)
    ]


def test_depth_counts_from_the_newest_message():
    lore = book(
        entry("asks", "moon"), entry("reads far", "moon", scan_depth=3), entry("reads none", "moon", scan_depth=0)
    )

    assert names(run(lore, "moon", "a", "b", settings={"depth": 2})) == ["reads far"]
    assert names(run(lore, "a", "moon", settings={"depth": 2})) == ["asks", "reads far"]


def test_speakers_are_read_where_the_settings_say_so():
    lore = book(entry("mira", "mira"))

    def ask(with_names):
        settings = ScanSettings(include_names=with_names)
        return names(scan([lore], ScanRequest([ScanMessage("hello", "Mira")], len, settings=settings)))

    assert ask(True) == ["mira"]
    assert ask(False) == []


def test_other_texts_are_read_by_those_that_ask():
    sources = Sources(
        persona_description="a knight", scenario="desert", creator_notes="sand", character_personality="shy"
    )
    lore = book(
        entry("persona", "knight", match_persona_description=True),
        entry("scene", "desert", match_scenario=True),
        entry("notes", "sand", match_creator_notes=True),
        entry("person", "shy", match_character_personality=True),
        entry("deaf", "knight"),
    )

    found = run(lore, "hello", sources=sources)

    assert names(found) == ["persona", "scene", "notes", "person"]
    assert {row.message for row in found.trace.rows} == {-1}


def test_injected_texts_are_read_by_all():
    assert names(run(book(entry("it", "secret")), "hello", injections=("a secret note",))) == ["it"]


def test_macros_in_keys_and_content_are_filled():
    lore = book(entry("self", "{{char}}", content="{{char}} lives"), entry("angle", "<user>"))
    places = []

    def fill(text, place):
        places.append(place)
        return text.replace("{{char}}", "Mira").replace("<user>", "Li")

    found = run(lore, "where is mira", fill=fill)

    assert [entry.text for entry in found.entries] == ["Mira lives"]
    assert places == ["key:b.self:0", "key:b.angle:0", "lore:b.self"]


def test_the_trace_names_the_key_that_was_said_last():
    found = run(book(entry("weather", "rain", "umbrella")), "rain again", "nothing", "my umbrella broke")

    row = found.trace.as_dict()["rows"][0]
    assert (row["key"], row["message"]) == ("umbrella", 0)
