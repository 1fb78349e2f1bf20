"""The twenty decorators of V3, their fallbacks, and how they are taken off."""

from __future__ import annotations

import pytest

from characters.cards.book import Role
from characters.lorebook import TimedState
from characters.lorebook.decorators import parse
from characters.tests.lore import book, entry, names, reasons, run


def decorated(*lines: str, keys: tuple[str, ...] = ("go",), **fields):
    return book(entry("it", *keys, content="\n".join((*lines, "TEXT")), **fields))


def wakes(lore, *said, **request) -> bool:
    return names(run(lore, *(said or ("go",)), **request)) == ["it"]


@pytest.mark.parametrize(
    ("line", "count", "expected"),
    [
        ("@@activate_only_after 3", 2, False),
        ("@@activate_only_after 3", 3, True),
        ("@@activate_only_every 3", 0, True),
        ("@@activate_only_every 3", 4, False),
        ("@@activate_only_every 3", 6, True),
    ],
)
def test_replies_are_counted(line, count, expected):
    assert wakes(decorated(line), assistant_count=count) is expected


@pytest.mark.parametrize(("greeting", "expected"), [(0, False), (1, True)])
def test_greeting_must_be_the_one(greeting, expected):
    assert wakes(decorated("@@is_greeting 1"), greeting=greeting) is expected
    assert wakes(decorated("@@is_greeting 1", constant=True), greeting=greeting) is expected


def test_user_icon_must_be_the_one():
    lore = decorated("@@is_user_icon knight")

    assert wakes(lore, user_icon="knight")
    assert not wakes(lore, user_icon="mage")


def test_conditions_hold_together():
    lore = decorated("@@activate_only_after 1", "@@is_greeting 0")

    assert wakes(lore, assistant_count=1)
    assert not wakes(lore, assistant_count=0)
    assert not wakes(lore, assistant_count=1, greeting=1)


def test_additional_keys_all_lines_need_one():
    lore = decorated("@@additional_keys a1, a2", "@@additional_keys b1")

    assert wakes(lore, "go a2 b1")
    assert not wakes(lore, "go a2")
    assert not wakes(lore, "go b1")


def test_excluded_key_blocks_even_a_constant():
    assert not wakes(decorated("@@exclude_keys stop,halt"), "go halt")
    assert not wakes(decorated("@@exclude_keys stop", constant=True), "stop")
    assert reasons(run(decorated("@@exclude_keys stop"), "go stop")) == {"it": "condition"}


def test_forced_on_beats_forced_off_and_conditions_but_not_disabled():
    assert wakes(decorated("@@dont_activate", "@@activate", "@@is_greeting 4", keys=()), "x")
    assert not wakes(decorated("@@dont_activate", constant=True))
    assert not wakes(decorated("@@activate", enabled=False))


def test_kept_after_match_stays():
    lore = decorated("@@keep_activate_after_match")
    first = run(lore, "go")
    other = run(lore, "nothing", state=first.state)

    assert first.state.as_dict() == {"kept": ["b.it"]}
    assert reasons(other) == {"it": "kept"}
    assert names(run(lore, "nothing")) == []


def test_spent_after_match_is_over():
    lore = decorated("@@dont_activate_after_match")
    first = run(lore, "go")
    again = run(lore, "go", state=TimedState.of(first.state.as_dict()))

    assert names(first) == ["it"]
    assert names(again) == []
    assert again.state == first.state


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["@@depth 3"], [(3, Role.SYSTEM, False, False)]),
        (["@@depth 0", "@@role user"], [(0, Role.USER, False, False)]),
        (["@@depth -2", "@@role assistant"], [(0, Role.ASSISTANT, False, False)]),
        (["@@reverse_depth 2"], [(2, Role.SYSTEM, False, True)]),
        (["@@reverse_depth 2", "@@depth 1"], [(1, Role.SYSTEM, False, False)]),
        (["@@depth 3", "@@position scenario"], []),
        (["@@instruct_depth 30"], []),
    ],
)
def test_text_stands_at_its_depth(lines, expected):
    slots = run(decorated(*lines), "go").placed.depth

    assert [(slot.depth, slot.role, slot.in_tokens, slot.from_top) for slot in slots] == expected


@pytest.mark.parametrize(("line", "from_top"), [("@@instruct_depth 30", False), ("@@reverse_instruct_depth 30", True)])
def test_depth_in_tokens_is_for_instruct_only(line, from_top):
    (slot,) = run(decorated(line), "go", is_instruct=True).placed.depth

    assert (slot.depth, slot.in_tokens, slot.from_top, slot.entries) == (30, True, from_top, ("TEXT",))


def test_prefill_begins_the_reply_where_the_model_takes_one():
    one = entry("one", "go", content="@@depth 0\n@@role assistant\nWell,", insertion_order=1)
    two = entry("two", "go", content="@@depth 0\n@@role assistant\nso", insertion_order=2)

    assert run(book(two, one), "go", takes_prefill=True).placed.prefill == "Well,\nso"
    assert run(book(one), "go").placed.depth[0].entries == ("Well,",)


@pytest.mark.parametrize("place", ["before_desc", "after_desc", "personality", "scenario"])
def test_text_stands_at_v3_position(place):
    placed = run(decorated(f"@@position {place}"), "go").placed

    assert placed.positions == {place: ("TEXT",)}
    assert placed.before == ""


def test_other_positions_are_ours_or_outlets():
    assert run(decorated("@@position an_top"), "go").placed.an_top == ("TEXT",)
    assert run(decorated("@@position my_place"), "go").placed.outlets == {"my_place": ("TEXT",)}


def test_scan_depth_overrides_the_entry():
    lore = decorated("@@scan_depth 1", scan_depth=5)

    assert wakes(lore, "x", "go")
    assert not wakes(lore, "go", "x")


def test_scan_depth_in_tokens_is_for_instruct_only():
    lore = decorated("@@instruct_scan_depth 5")

    assert wakes(lore, "go", "1234", is_instruct=False)
    assert not wakes(lore, "go", "1234", is_instruct=True)
    assert wakes(lore, "go", "123", is_instruct=True)


def test_droppable_entry_goes_first():
    cheap = entry("cheap", "go", content="@@ignore_on_max_context\n" + "x" * 10, insertion_order=900)
    dear = entry("dear", "go", content="y" * 10)

    both = run(book(cheap, dear), "go", max_context=50)
    one = run(book(cheap, dear), "go", max_context=20)

    assert (both.activated, both.droppable) == (("b.dear", "b.cheap"), ("b.cheap",))
    assert both.without({"b.cheap"}).placed.before == "y" * 10
    assert names(one) == ["dear"]


def test_user_prompts_are_switched_off():
    found = run(decorated("@@disable_ui_prompt post_history_instructions"), "go")

    assert found.disabled_prompts == {"post_history_instructions"}
    assert run(decorated("@@disable_ui_prompt system_prompt"), "x").disabled_prompts == frozenset()


@pytest.mark.parametrize(
    ("_case", "content", "text", "field", "value"),
    [
        ("unknown is ignored", "@@foo 1\nT", "T", "depth", None),
        ("fallback of an unknown", "@@foo 1\n@@@depth 4\nT", "T", "depth", 4),
        ("fallback of a wrong value", "@@depth x\n@@@depth 4\nT", "T", "depth", 4),
        ("chain of five", "@@a\n@@@b\n@@@c\n@@@d\n@@@e\n@@@depth 4\nT", "T", "depth", 4),
        ("first understood wins", "@@a\n@@@depth 1\n@@@depth 2\nT", "T", "depth", 1),
        ("no fallback of a known", "@@role user\n@@@depth 2\nT", "T", "depth", None),
        ("twice: the first", "@@depth 1\n@@depth 2\nT", "T", "depth", 1),
        ("prefix is no name", "@@activate_only_after 2\nT", "T", "activate", False),
        ("two lines", "@@depth 1\n@@role user\n\nT\n", "T", "role", Role.USER),
        ("a blank line ends them", "@@depth 1\n\n@@role user\nT", "@@role user\nT", "role", None),
        ("other case is another name", "@@Depth 1\nT", "T", "depth", None),
        ("nothing left", "@@depth 1", "", "depth", 1),
        ("windows lines", "@@depth 1\r\nT", "T", "depth", 1),
        ("not at the start", "T\n@@depth 1", "T\n@@depth 1", "depth", None),
        ("untouched without decorators", "\nT\n", "\nT\n", "depth", None),
    ],
)
def test_decorators_are_read_and_taken_off(_case, content, text, field, value):
    left, said = parse(content)

    assert (left, getattr(said, field)) == (text, value)
