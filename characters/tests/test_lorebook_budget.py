"""What fits: the settings' share of the context, its cap, a book's own budget, and what ignores them."""

from __future__ import annotations

import pytest

from characters.tests.lore import book, entry, names, reasons, run


def ten(name: str, **fields: object) -> dict:
    """Return an entry of ten characters, which are ten tokens here, and one more for its line."""
    return entry(name, "go", content=name * 10, **fields)


@pytest.mark.parametrize(
    ("_case", "limits", "context", "expected"),
    [
        ("share of the context", {"budget": 50}, 60, ["a", "b"]),
        ("under it, not at it", {"budget": 50}, 44, ["a"]),
        ("half is rounded up", {"budget": 50}, 45, ["a", "b"]),
        ("cap below the share", {"budget": 50, "budget_cap": 12}, 1000, ["a"]),
        ("cap above the share", {"budget": 50, "budget_cap": 900}, 44, ["a"]),
        ("nothing is one token", {"budget": 0}, 1000, []),
    ],
)
def test_highest_orders_get_in_until_the_budget_is_reached(_case, limits, context, expected):
    lore = book(ten("b", insertion_order=2), ten("a", insertion_order=3), ten("c", insertion_order=1))

    found = run(lore, "go", settings=limits, max_context=context)

    assert names(found) == expected
    assert found.is_overflowed is (len(expected) < 3)
    assert reasons(found) == {name: "key" if name in expected else "budget" for name in "abc"}


def test_full_budget_ends_the_recursion():
    lore = book(entry("a", "go", content="beta"), ten("b", insertion_order=1), entry("c", "beta", content="x"))

    assert names(run(lore, "go", settings={"recursive": True}, max_context=12)) == ["a"]


def test_what_ignores_the_budget_gets_in_all_the_same():
    lore = book(
        ten("a", insertion_order=3), ten("b", insertion_order=2), ten("c", insertion_order=1, ignore_budget=True)
    )

    assert names(run(lore, "go", max_context=15)) == ["a", "c"]


def test_text_that_wakes_none_counts_too():
    """Deviation 9.2."""
    lore = book(
        ten("p", constant=True, prevent_recursion=True, insertion_order=3),
        entry("a", "go", content="beta", insertion_order=2),
        entry("q", "beta", content="q" * 10, insertion_order=1),
    )

    assert names(run(lore, "go", settings={"recursive": True}, max_context=25)) == ["p", "a"]
    assert names(run(lore, "go", settings={"recursive": True}, max_context=40)) == ["p", "a", "q"]


def test_book_budget_drops_the_lowest_priority_first():
    """Deviation 9.5."""
    lore = book(ten("a", priority=9), ten("b", priority=1), ten("c", priority=5), token_budget=20)

    found = run(lore, "go")

    assert sorted(names(found)) == ["a", "c"]
    assert reasons(found) == {"a": "key", "c": "key", "b": "book_budget"}


def test_without_priorities_the_lowest_order_goes_first():
    lore = book(ten("a", insertion_order=1), ten("b", insertion_order=3), ten("c", insertion_order=2), token_budget=10)

    assert names(run(lore, "go")) == ["b"]


def test_book_budget_counts_the_earlier_rounds():
    lore = book(
        entry("cheap", "go", content="beta 12345", priority=1),
        entry("dear", "beta", content="d" * 10, priority=9),
        token_budget=10,
        recursive_scanning=True,
    )

    found = run(lore, "go")

    assert names(found) == ["dear"]
    assert reasons(found) == {"dear": "key", "cheap": "book_budget"}


def test_droppable_entry_makes_room_for_a_later_round():
    cheap = entry("cheap", "go", content="@@ignore_on_max_context\n" + "c" * 10)
    lore = book(cheap, entry("a", "go", content="beta"), ten("d") | {"keys": ["beta"]}, recursive_scanning=True)

    found = run(lore, "go", max_context=25)

    assert names(found) == ["a", "d"]
    assert reasons(found) == {"a": "key", "d": "key", "cheap": "context"}


def test_book_budget_binds_its_own_book_only():
    tight = book(ten("a"), ten("b"), token_budget=10, key="tight")

    assert names(run([tight, book(ten("c"), ten("d"), key="free")], "go")) == ["a", "c", "d"]


def test_empty_budget_of_a_book_lets_nothing_in_but_what_ignores_it():
    assert names(run(book(ten("a"), ten("b", ignore_budget=True), token_budget=0), "go")) == ["b"]


@pytest.mark.parametrize(("roll", "expected"), [(0.2, ["it"]), (0.3, ["it"]), (0.31, [])])
def test_probability_lets_in_or_not_for_the_whole_scan(roll, expected):
    lore = book(entry("it", "go", probability=30), entry("again", "it", content="it"), recursive_scanning=True)

    found = run(lore, "go", roll=lambda _name: roll)

    assert names(found) == ([*expected, "again"] if expected else [])
    assert [(row.reason, row.roll) for row in found.trace.rows if row.name == "it"] == [
        ("key" if expected else "probability", roll * 100)
    ]


def test_no_chance_is_none_and_unused_chances_do_not_count():
    lore = book(entry("never", "go", probability=0), entry("unused", "go", probability=0, useProbability=False))

    assert {tuple(names(run(lore, "go", seed=str(seed)))) for seed in range(50)} == {("unused",)}
