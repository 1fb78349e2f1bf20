"""Sticky, cooldown and delay as a state that goes from message to message: it survives swipe, branch and edit."""

from __future__ import annotations

from characters.lorebook import TimedState
from characters.tests.lore import book, entry, names, reasons, run

STICKY = {"b.it": {"start": 1, "end": 3, "protected": False}}


def lore(**fields: object):
    return book(entry("it", "go", **fields))


def test_sticky_entry_stays_without_its_key():
    first = run(lore(sticky=2), "go", chat_length=1)
    second = run(lore(sticky=2), "x", chat_length=2, state=first.state)
    third = run(lore(sticky=2), "x", chat_length=3, state=second.state)

    assert first.state.as_dict() == {"sticky": STICKY}
    assert reasons(second) == {"it": "sticky"}
    assert names(third) == []
    assert third.state.as_dict() == {}


def test_cooldown_rests_and_ends():
    first = run(lore(cooldown=2), "go", chat_length=1)
    second = run(lore(cooldown=2), "go", chat_length=2, state=first.state)
    third = run(lore(cooldown=2), "go", chat_length=3, state=second.state)

    assert reasons(second) == {"it": "cooldown"}
    assert names(third) == ["it"]


def test_delay_waits_for_the_chat():
    assert reasons(run(lore(delay=3), "go", chat_length=2)) == {"it": "delay"}
    assert names(run(lore(delay=3), "go", chat_length=3)) == ["it"]


def test_rest_begins_when_the_stay_ends_and_is_protected():
    ended = run(lore(sticky=2, cooldown=3), "go", chat_length=3, state=TimedState.of({"sticky": STICKY}))

    assert reasons(ended) == {"it": "cooldown"}
    assert ended.state.as_dict() == {"cooldown": {"b.it": {"start": 3, "end": 6, "protected": True}}}


def test_swipe_starts_again_from_the_state_of_the_message_before():
    """Deviation 9.6: a reply's state hangs on the reply, so another reply to the same message never sees it."""
    before = TimedState()
    one = run(lore(sticky=4), "go", chat_length=5, state=before)
    swiped = run(lore(sticky=4), "go", chat_length=5, state=before)

    assert one.state == swiped.state
    assert swiped.state.sticky["b.it"].start == 5


def test_branch_from_an_earlier_message_forgets_what_came_later():
    """Deviation 9.6."""
    early = run(lore(sticky=9), "x", chat_length=3)
    run(lore(sticky=9), "go", chat_length=5, state=early.state)

    branch = run(lore(sticky=9), "y", chat_length=5, state=early.state)

    assert names(branch) == []


def test_effect_of_a_longer_chat_is_dropped_unless_protected():
    state = TimedState.of({"sticky": STICKY, "cooldown": {"b.rests": {"start": 9, "end": 12, "protected": True}}})
    book_ = book(entry("it", "go", sticky=2), entry("rests", "go", cooldown=3))

    found = run(book_, "x", chat_length=1, state=state)

    assert names(found) == []
    assert set(found.state.as_dict()) == {"cooldown"}


def test_edited_entry_keeps_its_effect():
    first = run(lore(sticky=4), "go", chat_length=1)
    edited = book(entry("it", "other", content="other words", sticky=4))

    assert reasons(run(edited, "x", chat_length=2, state=first.state)) == {"it": "sticky"}


def test_effect_of_a_book_not_here_waits_for_its_end():
    state = TimedState.of({"sticky": STICKY})
    other = book(entry("else", "go"), key="other")

    assert run(other, "x", chat_length=2, state=state).state == state
    assert run(other, "x", chat_length=3, state=state).state == TimedState()


def test_effect_of_an_entry_no_longer_sticky_ends():
    assert run(lore(), "x", chat_length=2, state=TimedState.of({"sticky": STICKY})).state == TimedState()


def test_dry_run_leaves_the_state_alone():
    state = TimedState.of({"sticky": STICKY})

    found = run(lore(sticky=2), "x", chat_length=2, state=state, dry_run=True)

    assert names(found) == []
    assert found.state == state


def test_sticky_entry_needs_no_luck_and_no_recursion():
    it = book(entry("it", "go", sticky=5, probability=1, delay_until_recursion=True, content="s"))
    state = TimedState.of({"sticky": {"b.it": {"start": 1, "end": 6}}})

    found = run(it, "x", chat_length=2, state=state, roll=lambda _name: 0.99)

    assert [(row.reason, row.roll) for row in found.trace.rows] == [("sticky", -1)]


def test_whatever_is_no_state_reads_as_none():
    odd = {"sticky": {"a": 1, "b": {"start": "x", "end": 2}}, "cooldown": [], "kept": "x", "spent": [1, "y"]}

    assert TimedState.of(odd).as_dict() == {"spent": ["y"]}
    assert TimedState.of(None) == TimedState()
