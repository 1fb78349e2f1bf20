"""Where texts stand, the order of several books, and what a scan tells of itself."""

from __future__ import annotations

import json

from characters.cards.book import LoreBook, Position, Role
from characters.lorebook import DepthSlot, ExampleText
from characters.tests.lore import book, entry, names, run


def test_every_position_has_its_place():
    lore = book(*(entry(f"p{n}", constant=True, position=n, outlet_name="x", depth=n) for n in range(8)))

    placed = run(lore, "x").placed

    assert (placed.before, placed.after) == ("p0", "p1")
    assert (placed.an_top, placed.an_bottom) == (("p2",), ("p3",))
    assert placed.depth == (DepthSlot(4, Role.SYSTEM, ("p4",)),)
    assert placed.em == (ExampleText("p6", False), ExampleText("p5", True))
    assert placed.outlets == {"x": ("p7",)}


def test_lower_order_stands_higher_and_of_equals_the_later_one():
    lore = book(
        *(entry(name, constant=True, insertion_order=order) for name, order in zip("abcd", (2, 1, 2, 3), strict=True))
    )

    assert run(lore, "x").placed.before == "b\nc\na\nd"


def test_depth_is_shared_by_role():
    def at(name, **fields):
        return entry(name, constant=True, position=4, **fields)

    lore = book(
        at("a", depth=2, role=1, insertion_order=1),
        at("b", depth=2, role=1, insertion_order=2),
        at("c", depth=2, role=0, insertion_order=3),
        at("d", insertion_order=4),
    )

    assert run(lore, "x").placed.depth == (
        DepthSlot(4, Role.SYSTEM, ("d",)),
        DepthSlot(2, Role.SYSTEM, ("c",)),
        DepthSlot(2, Role.USER, ("a", "b")),
    )


def test_outlets_come_out_in_ascending_order():
    """Deviation 9.3."""
    lore = book(*(entry(n, constant=True, position=7, outlet_name="x", insertion_order=i) for i, n in enumerate("ab")))

    assert run(lore, "x").placed.outlets == {"x": ("a", "b")}


def test_outlet_without_a_name_and_empty_text_stand_nowhere():
    lore = book(entry("nameless", constant=True, position=7), entry("empty", constant=True, content=""))

    found = run(lore, "x")

    assert names(found) == ["nameless", "empty"]
    assert (found.placed.before, dict(found.placed.outlets)) == ("", {})


def test_v2_position_counts_where_sillytavern_says_nothing():
    raw = {"entries": [{"position": p} for p in ("before_char", "after_char", "before_char_defs", None)]}
    raw["entries"].append({"position": "before_char", "extensions": {"position": 1}})

    assert [entry.position for entry in LoreBook.of(raw).entries] == [
        Position.BEFORE,
        Position.AFTER,
        Position.BEFORE,
        Position.AFTER,
        Position.AFTER,
    ]


def test_books_come_chat_persona_character_world():
    books = [
        book(entry(source, constant=True, insertion_order=n), source=source, key=source)
        for n, source in enumerate(("world", "character", "persona", "chat"))
    ]

    assert names(run(books, "x")) == ["chat", "persona", "character", "world"]
    assert names(run(books, "x", settings={"character_strategy": 2})) == ["chat", "persona", "world", "character"]


def test_evenly_mixes_character_and_world_by_order():
    mine = book(entry("m1", constant=True, insertion_order=1), entry("m3", constant=True, insertion_order=3), key="m")
    world = book(*(entry(f"w{n}", constant=True, insertion_order=n) for n in (2, 3)), source="world", key="w")

    assert names(run([mine, world], "x", settings={"character_strategy": 0})) == ["w3", "m3", "w2", "m1"]


def test_book_attached_twice_is_used_once():
    twice = [book(entry("it", constant=True), source=source) for source in ("character", "chat", "world")]

    found = run([*twice, book(entry("other", constant=True), source="chat")], "x")

    assert found.activated == ("2:b.other", "b.it")


def test_entries_of_one_number_stay_apart():
    lore = book(entry("same", constant=True), entry("same", constant=True, content="two"))

    assert run(lore, "x").activated == ("b.same", "b.same#1")


def test_trace_tells_all_and_is_json():
    lore = book(
        entry("it", "moon", content="four", probability=50, insertion_order=2), entry("no", "sun", probability=50)
    )

    found = run(lore, "a moon", "a sun", roll=lambda name: 0.4 if name == "probability:b.it" else 0.6)

    assert json.loads(json.dumps(found.trace.as_dict())) == {
        "rows": [
            {"id": "b.it", "book": "b", "name": "it", "reason": "key", "kept": True, "key": "moon"}
            | {"message": 1, "roll": 40.0, "tokens": 4, "round": 1, "detail": ""},
            {"id": "b.no", "book": "b", "name": "no", "reason": "probability", "kept": False, "key": "sun"}
            | {"message": 0, "roll": 60.0, "tokens": 0, "round": 1, "detail": ""},
        ],
        "rounds": 1,
        "budget": 10_000,
        "tokens": 4,
        "left_out": 0,
    }


def test_trace_is_bounded():
    lore = book(*(entry(f"e{n}", "go", content="12345") for n in range(300)))

    trace = run(lore, "go", max_context=60).trace

    assert (len(trace.rows), trace.left_out) == (100, 200)
    assert [row.is_kept for row in trace.rows[:10]] == [True] * 9 + [False]
