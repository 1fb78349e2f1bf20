"""Entries that wake entries, the guards of recursion, and deepening until enough have woken."""

from __future__ import annotations

import pytest

from characters.tests.lore import book, entry, names, reasons, run

RECURSE = {"recursive": True}


def chain(**second: object):
    """Return a book whose first entry names the second, which names the third."""
    return [entry("a", "go", content="beta"), entry("b", "beta", content="gamma", **second), entry("c", "gamma")]


def test_text_of_an_entry_wakes_others_where_it_may():
    assert names(run(book(*chain()), "go")) == ["a"]
    assert names(run(book(*chain()), "go", settings=RECURSE)) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("_case", "guard", "expected"),
    [
        ("is not woken by others", {"exclude_recursion": True}, ["a"]),
        ("wakes none", {"prevent_recursion": True}, ["a", "b"]),
    ],
)
def test_guard_of_recursion(_case, guard, expected):
    assert names(run(book(*chain(**guard)), "go", settings=RECURSE)) == expected


@pytest.mark.parametrize(
    ("steps", "expected"), [(1, ["a"]), (2, ["a", "b"]), (3, ["a", "b", "c"]), (0, ["a", "b", "c"])]
)
def test_steps_are_limited(steps, expected):
    assert names(run(book(*chain()), "go", settings={**RECURSE, "max_recursion_steps": steps})) == expected


def test_a_cycle_ends_with_each_entry_once():
    lore = book(entry("a", "alpha", content="beta alpha"), entry("b", "beta", content="alpha beta"))

    assert names(run(lore, "alpha", settings=RECURSE)) == ["a", "b"]


def test_delayed_levels_come_one_after_the_other():
    lore = book(
        entry("third", "go", delay_until_recursion=3),
        entry("first", "go", delay_until_recursion=True),
        entry("plain", "go", content="x"),
    )

    found = run(lore, "go", settings=RECURSE)

    assert [(row.name, row.round) for row in found.trace.rows] == [("plain", 1), ("first", 2), ("third", 4)]
    assert reasons(run(lore, "go", settings={**RECURSE, "max_recursion_steps": 1})) == {
        "plain": "key",
        "third": "waits_for_recursion",
        "first": "waits_for_recursion",
    }


def test_delayed_levels_read_what_the_budget_left_out():
    late = entry("late", "secret", delay_until_recursion=2, ignore_budget=True)
    lore = book(entry("big", "go", content="a secret, told at length"), late, entry("x", delay_until_recursion=1))

    assert names(run(lore, "go", max_context=10)) == ["late"]


def test_secondary_key_may_come_with_recursion():
    lore = book(entry("both", "go", secondary_keys=["deep"], selective=True), entry("a", "go", content="deep"))

    assert names(run(lore, "go", settings=RECURSE)) == ["a", "both"]


def test_hidden_text_counts_for_recursion_only():
    lore = book(entry("a", "go", content="shown {{hidden_key:beta}}"), entry("b", "beta"))

    found = run(
        lore,
        "go",
        settings=RECURSE,
        fill=lambda text, _place: text.replace(" {{hidden_key:beta}}", ""),
        scanned=lambda text, _place: text.replace("{{hidden_key:beta}}", "beta"),
    )

    assert names(found) == ["a", "b"]
    assert found.placed.before == "b\nshown"


def test_scan_deepens_until_enough_are_awake():
    lore = book(entry("new", "new"), entry("old", "old"), entry("oldest", "oldest"))
    said = ("oldest moon", "x", "old sun", "new day")

    assert names(run(lore, *said, settings={"depth": 1})) == ["new"]
    assert names(run(lore, *said, settings={"depth": 1, "min_activations": 2})) == ["new", "old"]
    assert names(run(lore, *said, settings={"depth": 1, "min_activations": 3})) == ["new", "old", "oldest"]
    deep = {"depth": 1, "min_activations": 3, "min_activations_depth_max": 2}
    assert names(run(lore, *said, settings=deep)) == ["new", "old"]


def test_deepening_does_not_read_the_recursion_twice():
    lore = book(entry("a", "new", content="beta"), entry("b", "beta", scan_depth=0), entry("c", "old"))

    found = run(lore, "old", "x", "new", settings={**RECURSE, "depth": 1, "min_activations": 2})

    assert names(found) == ["a", "c"]


def test_book_decides_about_recursion_before_the_settings():
    still, lively = [entry("a", "go", content="beta"), entry("b", "beta")], chain()

    assert names(run(book(*still, recursive_scanning=False), "go", settings=RECURSE)) == ["a"]
    assert names(run(book(*lively, recursive_scanning=True), "go")) == ["a", "b", "c"]


def test_a_still_book_neither_wakes_nor_is_woken_by_others():
    still = book(entry("s1", "go", content="gamma"), entry("s2", "beta"), key="still", recursive_scanning=False)

    found = run([still, book(*chain(), key="lively")], "go", settings=RECURSE)

    assert names(found) == ["s1", "a", "b", "c"]
    assert [row.message for row in found.trace.rows] == [0, 0, -1, -1]


def test_a_chain_without_end_ends():
    lore = book(*(entry(f"e{n}", f"key{n}.", content=f"key{n + 1}.") for n in range(1, 400)))

    found = run(lore, "key1.", settings=RECURSE)

    assert (len(found.entries), found.trace.rounds) == (200, 200)


def test_work_over_all_rounds_is_bounded():
    wait = [entry(f"w{n}", "go", secondary_keys=["never"], selective=True) for n in range(20_000)]
    lore = book(*wait, *(entry(f"e{n}", f"key{n}.", content=f"key{n + 1}.") for n in range(1, 40)))

    found = run(lore, "go key1.", settings=RECURSE)

    assert (len(found.entries), found.trace.rounds, len(found.trace.rows)) == (10, 10, 100)
