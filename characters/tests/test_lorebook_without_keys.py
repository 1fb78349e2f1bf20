"""What wakes or shuts out an entry besides its keys: filters, meaning, other code; what books and settings keep."""

from __future__ import annotations

import pickle

from characters.lorebook import ScanSettings
from characters.tests.lore import book, entry, names, reasons, run


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
