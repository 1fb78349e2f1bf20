"""Patterns written for JavaScript run in linear time, or are switched off with a reason."""

from __future__ import annotations

import time

import pytest

from characters.cards.book import LoreBook
from characters.lorebook import ScanMessage, ScanRequest, ScanSettings, Sources, compile_book, regex_problems, scan
from characters.tests.lore import book, entry, names, run


@pytest.mark.parametrize(
    ("_case", "key", "text", "expected"),
    [
        ("flag i", "/ELF/i", "an elf", True),
        ("case counts", "/ELF/", "an elf", False),
        ("flag m", "/^two$/m", "one\ntwo", True),
        ("without m", "/^two$/", "one\ntwo", False),
        ("flag s", "/one.two/s", "one\ntwo", True),
        ("dot without s", "/one.two/", "one\ntwo", False),
        ("flag y begins at the marker", "/elf/y", "elf", False),
        ("flag y from the marker", "/\x01elf/y", "elf", True),
        ("marker of a message", r"/\x01elf/", "elf sings", True),
        ("unicode escape", r"/\u65ad\u5251/", "断剑", True),
        ("unicode property", r"/\p{Script=Han}{2}/u", "断剑", True),
        ("code point", r"/\u{1F409}/u", "a 🐉", True),
        ("halves of a code point", r"/\uD83D\uDC09/", "a 🐉", True),
        ("ideographic space", r"/a\sb/", "a\u3000b", True),
        ("anything", r"/one[\s\S]*three/", "one\ntwo\nthree", True),
        ("empty class", "/[]/", "x", False),
        ("full class", "/a[^]b/", "a\nb", True),
        ("bracket in class", "/[[]x/", "[x", True),
        ("dash after class", r"/[\w-]+!/", "a-b!", True),
        ("escaped slash", r"/and\/or/", "and/or", True),
        ("brace is itself", "/a{b/", "a{b", True),
        ("named group", "/(?<who>elf)s/", "elfs", True),
        ("broken is plain text", "/(/", "look: /(/", True),
        ("nothing to repeat is plain text", "/*/", "a /*/ b", True),
        ("repeated edge is plain text", r"/\b*/", r"a /\b*/ b", True),
        ("odd escape is plain text with u", r"/\_x/u", r"a /\_x/u b", True),
        ("odd escape is itself without", r"/\_x/", "a _x b", True),
        ("named reference to nothing is plain text", r"/(?<a>x)\k/", r"/(?<a>x)\k/", True),
        ("octal escape", r"/\101/", "xAx", True),
        ("control escape", r"/\cAelf/", "elf", True),
        ("hexadecimal escape", r"/\x65lf/", "elf", True),
        ("range of escapes", r"/[\x61-\x66]{3}/", "elf fed", True),
        ("backspace in a class", r"/[\b]/", "a\x08b", True),
        ("inline flags", "/(?i:ELF) King/", "elf King", True),
        ("lazy and counted", "/e{1,2}?l{1}f+/", "eelf", True),
        ("half of a code point is off", r"/\uD83D/", "a 🐉", False),
        ("twice a flag is plain text", "/a/ii", "/a/ii", True),
        ("bare slash is plain text", "/a/b/", "x /a/b/ y", True),
        ("look-ahead is off", "/elf(?= king)/", "elf king", False),
        ("back reference is off", r"/(a)\1/", "aa", False),
        ("over two messages", r"/elf\n\x01dwarf/", None, True),
    ],
)
def test_slashed_key_is_a_pattern(_case, key, text, expected):
    said = (text,) if text is not None else ("dwarf", "elf")  # newest first in the joined text

    assert (names(run(book(entry("it", key)), *said)) == ["it"]) is expected


def test_empty_message_between_keeps_its_place():
    lore = book(entry("it", r"/龙\n\x01$/"))

    assert names(run(lore, "x", "", "龙", settings={"depth": 2})) == ["it"]
    assert names(run(lore, "", "龙", settings={"depth": 2})) == []


def test_v3_patterns_need_no_slashes_and_nothing_else_counts():
    lore = book(
        entry("bare", "e.f", use_regex=True),
        entry("cased", "E.F", use_regex=True, case_sensitive=True),
        entry("broken", "e(f", use_regex=True),
        entry("constant", "x{3}", use_regex=True, constant=True),
        entry("alone", "elf", use_regex=True, selective=True, secondary_keys=["never"]),
    )

    assert names(run(lore, "an Elf and e(f")) == ["bare", "alone"]


def test_sillytavern_marks_plain_keys_as_patterns():
    lore = book(
        entry("it", "c++ (lang)", use_regex=True, display_index=0),
        entry("constant", use_regex=True, constant=True, selectiveLogic=0),
    )

    assert names(run(lore, "I love C++ (lang)")) == ["it", "constant"]
    assert regex_problems(lore.book) == []


def test_pattern_reads_recursion_and_other_texts():
    lore = book(
        entry("first", "go", content="deep water"),
        entry("second", "/deep.water/"),
        entry("persona", "/kni[g]ht/", match_persona_description=True),
        recursive_scanning=True,
    )

    found = run(lore, "go", sources=Sources(persona_description="a knight"))

    assert names(found) == ["first", "persona", "second"]


def test_filled_macro_may_be_a_pattern():
    assert names(
        run(book(entry("it", "/{{x}}!/")), "elf!", fill=lambda text, _place: text.replace("{{x}}", "e.f"))
    ) == ["it"]


def test_patterns_that_are_off_are_named():
    raw = {
        "entries": [
            {"keys": ["ok", "/fine/", "/(/"], "content": ""},
            {"keys": ["/a(?!b)/", r"/(x)\1/"], "secondary_keys": ["/(?<=a)b/"], "content": ""},
            {"keys": ["/a{5000}/", "/(((a{100}){100}){100})/"], "content": ""},
            {"keys": ["a(b", "/[/"], "use_regex": True, "content": ""},
        ]
    }

    assert regex_problems(LoreBook.of(raw)) == [
        ("entries[1].keys[0]", "lookaround"),
        ("entries[1].keys[1]", "backreference"),
        ("entries[1].secondary_keys[0]", "lookaround"),
        ("entries[2].keys[0]", "too_large"),
        ("entries[2].keys[1]", "too_large"),
        ("entries[3].keys[0]", "invalid"),
        ("entries[3].keys[1]", "invalid"),
    ]


def test_patterns_of_one_book_share_a_bound():
    raw = {"entries": [{"keys": [f"/{'(a|b|c)' * 30}/"], "content": ""} for _ in range(3000)]}
    began = time.process_time()

    problems = regex_problems(LoreBook.of(raw))
    compile_book(LoreBook.of(raw))

    assert {reason for _path, reason in problems} == {"too_large"}
    assert problems[0][0] == "entries[195].keys[0]"
    assert time.process_time() - began < 2


def test_a_pattern_that_hangs_others_does_not_hang_us():
    lore = compile_book(LoreBook.of({"entries": [{"keys": ["/(a+)+$/", "/(.*)*x/", "/(a|aa)+b/"], "content": "x"}]}))
    messages = [ScanMessage("a" * 20_000 + "!")]

    began = time.process_time()
    scan([lore], ScanRequest(messages, len, settings=ScanSettings()))

    assert time.process_time() - began < 1
