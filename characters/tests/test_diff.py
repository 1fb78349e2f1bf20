"""The difference of two cards: complete, without anything that is equal, and matched by what items are."""

from __future__ import annotations

import copy
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from characters.diff import Kind, compare, example_blocks, is_same
from characters.wordwise import Mark, pieces

_LEAVES = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "a", "lamp oil", "灯塔", "x y z"])
_KEYS = st.sampled_from(["name", "id", "keys", "content", "entries", "tags", "title"])
_JSON = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=4), max_leaves=16
)
_OBJECTS = st.dictionaries(_KEYS, _JSON, max_size=4)


def at(value, place):
    for step in place:
        value = value[step]
    return value


def without(value, places):
    """Return the value without what lies at these places, the deepest and last first."""
    value = copy.deepcopy(value)
    for place in sorted(places, key=lambda p: [(isinstance(s, str), str(s).zfill(9)) for s in p], reverse=True):
        if place:
            holder = at(value, place[:-1])
            del holder[place[-1]]
    return value


def order_blind(value):
    """Return the value with every list in one canonical order."""
    if isinstance(value, list):
        return sorted((order_blind(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    return {key: order_blind(item) for key, item in value.items()} if isinstance(value, dict) else value


@given(_OBJECTS, _OBJECTS)
@settings(max_examples=150, deadline=None)
def test_every_difference_is_reported_and_nothing_that_is_equal(before, after):
    found = compare(before, after)

    assert bool(found) is not is_same(before, after)
    for change in found:
        if change.kind is Kind.MOVED:
            assert (change.before, change.after) == (change.before_at[-1], change.after_at[-1])
        if change.kind is Kind.CHANGED:
            assert not is_same(at(before, change.before_at), at(after, change.after_at))
        if change.kind in {Kind.CHANGED, Kind.REMOVED}:
            assert is_same(at(before, change.before_at), change.before)
        if change.kind in {Kind.CHANGED, Kind.ADDED}:
            assert is_same(at(after, change.after_at), change.after)
        assert len(change.names) == len(change.place)
    # Take out what is reported, and nothing but the reported moves is left to differ.
    cut = [change for change in found if change.kind is not Kind.MOVED]
    left, right = without(before, [c.before_at for c in cut]), without(after, [c.after_at for c in cut])
    if any(change.kind is Kind.MOVED for change in found):
        left, right = order_blind(left), order_blind(right)
    assert is_same(left, right)


@given(_OBJECTS)
@settings(max_examples=50, deadline=None)
def test_a_card_does_not_differ_from_itself(card):
    assert compare(card, copy.deepcopy(card)) == ()


def entry(name, content, **more):
    return {"name": name, "keys": [name.lower()], "content": content, **more}


LAMP, SHIP, TEA = entry("Lamp", "It burns."), entry("Ship", "It is late.", id=7), entry("Tea", "It is hot.")
CASES = [
    ("a new order is a move", [LAMP, SHIP, TEA], [TEA, LAMP, SHIP], [("moved", "[0]", "Tea")]),
    ("one in front changes none behind", [LAMP], [TEA, LAMP], [("added", "[0]", "Tea")]),
    ("found by its id", [SHIP], [{**SHIP, "name": "Boat"}], [("changed", "[0].name", "Boat")]),
    ("found by its name", [LAMP, TEA], [TEA, {**LAMP, "content": "Out."}], [
        ("moved", "[1]", "Lamp"), ("changed", "[1].content", "Lamp"),
    ]),
    ("another id is another entry", [SHIP], [entry("Boat", "It is late.", id=8)], [
        ("removed", "[0]", "Ship"), ("added", "[0]", "Boat"),
    ]),
    ("renumbered", [SHIP], [{**SHIP, "id": 8}], [("changed", "[0].id", "Ship")]),
    ("renamed, told by its keys", [LAMP], [{**LAMP, "name": "Light"}], [("changed", "[0].name", "Light")]),
    ("a new key", [LAMP], [{**LAMP, "keys": ["lamp", "light"]}], [("added", "[0].keys[1]", "Lamp")]),
]  # fmt: skip


@pytest.mark.parametrize(("_case", "before", "after", "expected"), CASES, ids=[case[0] for case in CASES])
def test_lorebook_entries_are_matched_by_what_they_are(_case, before, after, expected):
    found = compare({"entries": before}, {"entries": after})

    assert sorted((c.kind.value, c.path.removeprefix("entries"), c.names[1]) for c in found) == sorted(expected)


TEXTS = [
    ("a tag", ["sea", "cozy"], ["sea", "dark"], [("removed", "t[1]"), ("added", "t[1]")]),
    ("a greeting rewritten", ["You are wet.", "Sit."], ["Hm.", "You are very wet.", "Sit."], [
        ("added", "t[0]"), ("changed", "t[1]"),
    ]),
    ("two change places", ["One.", "Two."], ["Two.", "One."], [("moved", "t[1]")]),
    ("the same twice", ["Sit.", "Sit."], ["Sit."], [("removed", "t[1]")]),
]  # fmt: skip


@pytest.mark.parametrize(("_case", "before", "after", "expected"), TEXTS, ids=[case[0] for case in TEXTS])
def test_lists_of_texts(_case, before, after, expected):
    found = compare({"t": before}, {"t": after})

    assert sorted((c.kind.value, c.path) for c in found) == sorted(expected)


def test_true_is_not_one_and_an_order_of_keys_is_nothing():
    assert [c.path for c in compare({"a": True}, {"a": 1})] == ["a"]
    assert compare({"a": 1, "b": 2}, {"b": 2, "a": 1}) == ()


WORDS = [
    ("words", "The lamp is old.", "The lamp is very old.", "The lamp is [+very +]old."),
    ("han by characters", "他在雪里等你。", "他在雨里等你。", "他在[-雪-][+雨+]里等你。"),
    ("all new", "", "灯", "[+灯+]"),
    ("all gone", "灯", "", "[-灯-]"),
    ("nothing", "same", "same", "same"),
]


@pytest.mark.parametrize(("_case", "before", "after", "expected"), WORDS, ids=[case[0] for case in WORDS])
def test_inside_a_text(_case, before, after, expected):
    marks = {Mark.SAME: "{}", Mark.GONE: "[-{}-]", Mark.NEW: "[+{}+]"}

    assert "".join(marks[piece.mark].format(piece.text) for piece in pieces(before, after)) == expected


_BITS = ["雪", "灯。", "lamp", ",", "is", "🏮", "_", " ", "\n"]
_SNIPPETS = st.lists(st.sampled_from(_BITS), max_size=14).map("".join)


@given(_SNIPPETS, _SNIPPETS)
@settings(max_examples=150, deadline=None)
def test_pieces_join_to_either_text(before, after):
    found = pieces(before, after)

    assert "".join(p.text for p in found if p.mark is not Mark.NEW) == before
    assert "".join(p.text for p in found if p.mark is not Mark.GONE) == after
    assert all(p.text for p in found)


def test_a_whole_new_book_and_a_text_made_to_be_slow_are_compared_in_time():
    old = [entry(f"Old {n}", f"text {n}", id=n) for n in range(5000)]
    new = [entry(f"New {n}", f"other {n}", id=n + 9000) for n in range(5000)]
    began = time.process_time()

    found = compare({"entries": old}, {"entries": [*reversed(old), *new]})
    pieces("so " * 50_000, "no " * 50_001)

    assert len([c for c in found if c.kind is Kind.ADDED]) == 5000
    assert len([c for c in found if c.kind is Kind.MOVED]) == 4999
    assert time.process_time() - began < 3


def test_example_messages_are_blocks_that_join_to_the_text():
    text = "<START>\n{{user}}: a\n<start>\n{{char}}: b\n"

    assert example_blocks(text) == ["<START>\n{{user}}: a\n", "<start>\n{{char}}: b\n"]
    assert example_blocks("no marker") == ["no marker"]
