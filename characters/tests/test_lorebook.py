"""Which entries a conversation wakes, and why."""

from __future__ import annotations

import pytest

from characters.cards.book import LoreBook
from characters.lorebook.match import names
from characters.lorebook.scan import scan
from characters.macros import expand


def book(*entries: dict, **fields: object) -> LoreBook:
    return LoreBook.of({"entries": [{"content": "lore", **entry} for entry in entries], **fields})


def woken(found) -> list[str]:
    return [entry.name for entry in found.entries]


@pytest.mark.parametrize(
    ("_case", "text", "key", "expected"),
    [
        ("chinese inside a word", "他拔出断剑了", "断剑", True),
        ("single han", "一把剑。", "剑", True),
        ("latin whole word", "the elf sang", "elf", True),
        ("latin inside a word", "myself", "elf", False),
        ("latin beside han", "遇见elf了", "elf", True),
        ("symbols", "I write C++ daily", "c++", True),
        ("symbols glued", "c++11", "c++", True),
        ("several words", "in the last lighthouse", "last lighthouse", True),
        ("empty key", "x", "", False),
    ],
)
def test_key_is_named(_case, text, key, expected):
    assert names(text.casefold(), key) is expected


def test_entries_come_in_insertion_order_with_their_reasons():
    lore = book(
        {"name": "late", "keys": ["rain"], "insertion_order": 20},
        {"name": "always", "keys": [], "constant": True, "insertion_order": 30},
        {"name": "early", "keys": ["RAIN"], "insertion_order": 10},
        {"name": "off", "keys": ["rain"], "enabled": False},
        {"name": "silent", "keys": ["snow"]},
    )

    found = scan(lore, ["old", "Rain again"], count=len)

    assert woken(found) == ["early", "late", "always"]
    assert [(t.name, t.reason.value, t.key, t.message) for t in found.trace] == [
        ("late", "key", "rain", 0),
        ("always", "constant", "", -1),
        ("early", "key", "RAIN", 0),
    ]


def test_selective_entry_needs_a_second_key():
    lore = book({"name": "both", "keys": ["sword"], "secondary_keys": ["snow"], "selective": True})

    assert woken(scan(lore, ["a sword"], count=len)) == []
    assert woken(scan(lore, ["a sword", "in snow"], count=len)) == ["both"]


def test_only_the_last_messages_are_read():
    lore = book({"name": "old", "keys": ["moon"]}, scan_depth=1)

    assert woken(scan(lore, ["moon", "sun"], count=len)) == []
    assert woken(scan(lore, ["sun", "moon"], count=len)) == ["old"]


def test_budget_drops_the_lowest_priority_first():
    lore = book(
        {"name": "dear", "keys": ["a"], "content": "12345", "priority": 9},
        {"name": "cheap", "keys": ["a"], "content": "12345", "priority": 1},
        {"name": "small", "keys": ["a"], "content": "1", "priority": 0},
    )

    found = scan(lore, ["a"], count=len, budget=6)

    assert woken(found) == ["dear", "small"]
    assert [(t.name, t.kept, t.reason.value) for t in found.trace if not t.kept] == [("cheap", False, "budget")]


def test_macros_work_in_keys_and_decorators_leave_the_text():
    lore = book({"name": "self", "keys": ["{{char}}"], "content": "@@depth 2\n{{char}} knows {{user}}"})

    found = scan(lore, ["where is mira"], count=len, expand=lambda text: expand(text, char="Mira", user="Li"))

    assert woken(found) == ["self"]
    assert found.trace[0].tokens == len("Mira knows Li")


def test_empty_and_regex_entries_add_nothing():
    lore = book(
        {"name": "empty", "keys": ["a"], "content": " "}, {"name": "regex", "keys": ["/(a+)+$/"], "use_regex": True}
    )

    found = scan(lore, ["a" * 50], count=len)

    assert found.entries == ()
    assert [t.reason.value for t in found.trace] == ["regex"]


@pytest.mark.parametrize(
    ("_case", "text", "expected"),
    [
        ("both", "{{user}} meets {{char}}", "Li meets Mira"),
        ("any case", "{{USER}} <BOT> <user>", "Li Mira Li"),
        ("comment", "a{{// hidden}}b", "ab"),
        ("unknown stays", "{{weather}}", "{{weather}}"),
        ("original", "{{original}}!", "sys!"),
    ],
)
def test_macro_is_expanded(_case, text, expected):
    assert expand(text, char="Mira", user="Li", original="sys") == expected


def test_a_name_is_never_expanded_itself():
    assert expand("{{user}}", char="Mira", user="{{char}}") == "{{char}}"
