"""Which words wake an entry: keys, case, whole words, Chinese, secondary keys, depth, other texts."""

from __future__ import annotations

import pickle

import pytest

from characters.lorebook import ScanMessage, ScanRequest, ScanSettings, Sources, scan
from characters.tests.lore import book, entry, names, reasons, run


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


def test_triggers_characters_and_tags_filter():
    lore = book(
        entry("continues", "go", triggers=["continue"]),
        entry("hers", "go", character_filter={"isExclude": False, "names": ["Mira"], "tags": []}),
        entry("not hers", "go", character_filter={"isExclude": True, "names": ["Mira"], "tags": []}),
        entry("elves", "go", character_filter={"isExclude": False, "names": [], "tags": ["Elf"]}),
        entry("no elves", "go", character_filter={"isExclude": True, "names": [], "tags": ["elf"]}),
    )

    found = run(lore, "go", names=frozenset({"Mira"}), tags=frozenset({"elf"}))

    assert names(found) == ["hers", "elves"]
    assert reasons(found) == {
        "hers": "key",
        "elves": "key",
        "continues": "trigger",
        "not hers": "character",
        "no elves": "tag",
    }


def test_similar_entries_wake_without_a_word():
    lore = book(
        entry("near", vectorized=True), entry("nearer", vectorized=True), entry("far", vectorized=True), entry("plain")
    )
    scores = {"b.near": 0.5, "b.nearer": 0.9, "b.far": 0.1, "b.plain": 0.9}

    found = run(lore, "x", similarity=scores, settings={"similarity_threshold": 0.4})

    assert names(found) == ["near", "nearer"]
    assert reasons(found) == {"near": "similar", "nearer": "similar"}
    assert names(run(lore, "x", similarity=scores, settings={"similarity_entries": 1})) == ["nearer"]


def test_an_entry_may_be_woken_from_outside():
    found = run(book(entry("it"), entry("off", enabled=False)), "x", external=frozenset({"b.it", "b.off"}))

    assert reasons(found) == {"it": "external"}


def test_disabled_entry_never_wakes():
    lore = book(entry("it", "go", enabled=False, constant=True, content="@@activate\nx"))

    found = run(lore, "go")

    assert found.entries == ()
    assert found.trace.rows == ()


def test_settings_are_read_by_their_names_in_sillytavern():
    raw = {
        "world_info_depth": 7.0,
        "world_info_budget": 12.5,
        "world_info_recursive": 1,
        "world_info": {},
        "depth_x": 3,
    }

    settings = ScanSettings.of({**raw, "world_info_budget_cap": "odd", "similarity_threshold": 1})

    assert settings == ScanSettings(depth=7, budget=12.5, recursive=True, similarity_threshold=1.0)


def test_compiled_book_survives_pickling():
    lore = pickle.loads(pickle.dumps(book(entry("it", "elf"), entry("pattern", "/e.f/"))))  # noqa: S301

    assert names(run(lore, "an elf")) == ["it", "pattern"]
