"""What holds for every lorebook and every chat, however they are made."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from characters.lorebook import ScanResult, TimedState, scan
from characters.lorebook.request import ScanMessage, ScanRequest, ScanSettings
from characters.tests.lore import book, entry

WORDS = ["alpha", "beta", "gamma", "断剑", "al pha", "Alpha", "{{char}}"]
KEYS = st.sampled_from([*WORDS, "/al.*a/i", "/^x/", "/(/", "/a(?=b)/", " ", ""])
TEXT = st.lists(st.sampled_from([*WORDS, "the", "@@activate"]), max_size=4).map(" ".join)
LINES = st.sampled_from(
    [
        "@@activate",
        "@@depth 2",
        "@@exclude_keys beta",
        "@@keep_activate_after_match",
        "@@ignore_on_max_context",
        "@@odd",
    ]
)
EXTENSIONS = st.fixed_dictionaries(
    {},
    optional={
        "position": st.integers(0, 9),
        "selectiveLogic": st.integers(0, 4),
        "probability": st.sampled_from([0, 30, 100]),
        "group": st.sampled_from(["g", "h", "g,h"]),
        "group_override": st.booleans(),
        "group_weight": st.sampled_from([0, 1, 100]),
        "exclude_recursion": st.booleans(),
        "prevent_recursion": st.booleans(),
        "delay_until_recursion": st.booleans() | st.integers(0, 3),
        "scan_depth": st.integers(0, 4),
        "match_whole_words": st.booleans(),
        "sticky": st.integers(0, 3),
        "cooldown": st.integers(0, 3),
        "delay": st.integers(0, 3),
        "ignore_budget": st.booleans(),
        "outlet_name": st.just("x"),
    },
)
TOP = st.fixed_dictionaries(
    {"enabled": st.sampled_from([True, True, True, False]), "constant": st.sampled_from([False, False, True])},
    optional={
        "selective": st.booleans(),
        "secondary_keys": st.lists(KEYS, max_size=2),
        "priority": st.integers(0, 3),
        "use_regex": st.booleans(),
    },
)
CONTENT = st.tuples(st.lists(LINES, max_size=2), TEXT).map(lambda both: "\n".join((*both[0], both[1])))
ENTRIES = st.lists(st.tuples(st.lists(KEYS, max_size=3), CONTENT, TOP, EXTENSIONS, st.integers(-2, 3)), max_size=9)
BOOK = st.fixed_dictionaries(
    {},
    optional={"token_budget": st.integers(0, 40), "scan_depth": st.integers(0, 4), "recursive_scanning": st.booleans()},
)
SETTINGS = st.builds(
    ScanSettings,
    depth=st.integers(-1, 5),
    budget=st.sampled_from([0, 10, 100]),
    budget_cap=st.sampled_from([0, 0, 5, 30]),
    recursive=st.booleans(),
    max_recursion_steps=st.sampled_from([0, 0, 2]),
    min_activations=st.integers(0, 4),
    min_activations_depth_max=st.integers(0, 3),
    match_whole_words=st.booleans(),
    case_sensitive=st.booleans(),
    use_group_scoring=st.booleans(),
)
SAID = st.lists(TEXT, max_size=5)


def made(rows, **fields):
    """Return a book of generated entries, the number of each its id."""
    entries = [
        {**entry(f"e{n}", *keys, content=content, insertion_order=order, **top), "extensions": ext}
        for n, (keys, content, top, ext, order) in enumerate(rows)
    ]
    return book(*entries, **fields)


def asked(lore, said, rules, state=None) -> ScanResult:
    request = ScanRequest(
        [ScanMessage(text) for text in said],
        len,
        max_context=100,
        settings=rules,
        fill=lambda text, _place: text.replace("{{char}}", "Mira"),
        seed="s",
        state=state or TimedState(),
    )
    return scan([lore], request)


@settings(max_examples=50, deadline=None)
@given(ENTRIES, BOOK, SAID, SETTINGS)
def test_scan_ends_is_repeatable_and_takes_each_entry_once(rows, fields, said, rules):
    first, second = (asked(made(rows, **fields), said, rules) for _ in range(2))

    assert first == second
    assert len(set(first.activated)) == len(first.activated)
    assert json.loads(json.dumps([first.trace.as_dict(), first.state.as_dict()]))
    assert TimedState.of(first.state.as_dict()) == first.state


@settings(max_examples=50, deadline=None)
@given(ENTRIES, BOOK, SAID, SETTINGS)
def test_disabled_stays_out_and_budgets_hold(rows, fields, said, rules):
    found = asked(made(rows, **fields), said, rules)

    bound = [text for text in found.entries if not rows[int(text.uid[1:])][3].get("ignore_budget")]
    assert all(rows[int(text.uid[1:])][2]["enabled"] for text in found.entries)
    assert sum(len(text.text) + 1 for text in bound) < max(found.trace.budget, 1)
    assert sum(text.tokens for text in bound) <= fields.get("token_budget", 10**9)


@settings(max_examples=40, deadline=None)
@given(ENTRIES, BOOK, SAID, SETTINGS)
def test_a_group_has_one_winner(rows, fields, said, rules):
    found = asked(made(rows, **fields), said, rules)

    # An entry of several groups closes none of them for later rounds, as in SillyTavern.
    groups = [rows[int(text.uid[1:])][3].get("group", "") for text in found.entries]
    inside = [name for name in groups if name and "," not in name]
    assert len(inside) == len(set(inside))


@settings(max_examples=40, deadline=None)
@given(ENTRIES, SAID, SETTINGS, st.randoms(use_true_random=False))
def test_order_in_the_file_does_not_matter_where_orders_differ(rows, said, rules, random):
    entries = [
        {**entry(f"e{n}", *keys, content=content, insertion_order=n, **top), "extensions": ext}
        for n, (keys, content, top, ext, _order) in enumerate(rows)
    ]
    shuffled = random.sample(entries, len(entries))

    assert asked(book(*entries), said, rules).placed == asked(book(*shuffled), said, rules).placed


@settings(max_examples=40, deadline=None)
@given(ENTRIES, SAID, SETTINGS, st.integers(2, 5))
def test_state_goes_on_for_any_number_of_turns(rows, said, rules, turns):
    lore, state = made(rows), TimedState()

    for turn in range(turns):
        found = asked(lore, [*said, *["x"] * turn], rules, state)
        state = TimedState.of(found.state.as_dict())

    known = {f"b.e{n}" for n in range(len(rows))}
    assert {*state.sticky, *state.cooldown, *state.kept, *state.spent} <= known
