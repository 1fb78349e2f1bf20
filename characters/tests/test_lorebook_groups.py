"""Inclusion groups: one winner by sticking, score, override or draw."""

from __future__ import annotations

from collections import Counter

from characters.lorebook import TimedState
from characters.tests.lore import book, entry, names, reasons, run


def test_override_with_the_highest_order_wins():
    lore = book(
        entry("low", "go", group="g", group_override=True, insertion_order=1),
        entry("high", "go", group="g", group_override=True, insertion_order=2),
        entry("plain", "go", group="g", insertion_order=99),
    )

    found = run(lore, "go")

    assert names(found) == ["high"]
    assert reasons(found) == {"high": "key", "plain": "group", "low": "group"}


def test_weight_draws_the_winner_by_the_seed():
    lore = book(entry("often", "go", group="g", group_weight=300), entry("seldom", "go", group="g"))

    wins = Counter(names(run(lore, "go", seed=str(seed)))[0] for seed in range(400))

    assert wins == {"often": 278, "seldom": 122}
    assert names(run(lore, "go", seed="7")) == names(run(lore, "go", seed="7"))


def test_weight_of_nothing_never_wins():
    lore = book(entry("never", "go", group="g", group_weight=0), entry("always", "go", group="g"))

    assert {names(run(lore, "go", seed=str(seed)))[0] for seed in range(50)} == {"always"}


def test_scoring_keeps_the_entry_with_most_keys():
    lore = book(
        entry("one", "go", group="g"),
        entry("two", "go", "fast", group="g"),
        entry("positive", "go", group="g", secondary_keys=["fast", "now"], selective=True),
    )

    found = run(lore, "go fast now", settings={"use_group_scoring": True})

    assert names(found) == ["positive"]
    assert reasons(found) == {"positive": "key", "one": "score", "two": "score"}


def test_entry_may_be_spared_from_scoring():
    lore = book(
        entry("spared", "go", group="g", use_group_scoring=False, group_override=True),
        entry("two", "go", "now", group="g"),
    )

    assert names(run(lore, "go now", settings={"use_group_scoring": True})) == ["spared"]


def test_group_won_in_an_earlier_round_is_closed():
    lore = book(entry("a", "go", content="beta", group="h"), entry("b", "beta", group="g, h"), entry("c", "beta"))

    found = run(lore, "go", settings={"recursive": True})

    assert names(found) == ["a", "c"]


def test_winner_of_several_groups_closes_none_of_them():
    """As in SillyTavern: only an entry of this one group counts."""
    lore = book(entry("a", "go", content="beta", group="g, h"), entry("b", "beta", group="h"))

    assert names(run(lore, "go", settings={"recursive": True})) == ["a", "b"]


def test_score_counts_keys_as_written():
    lore = book(entry("spaced", " go ", "{{x}}", group="g"), entry("plain", "go", group="g"))

    found = run(lore, "go", settings={"use_group_scoring": True}, fill=lambda text, _place: text.replace("{{x}}", "go"))

    assert reasons(found) == {"plain": "key", "spaced": "score"}


def test_sticky_member_wins():
    lore = book(
        entry("stays", "rain", group="g", sticky=3, cooldown=5),
        entry("loud", "go", group="g", group_override=True),
    )
    before = run(lore, "rain", chat_length=1)

    found = run(lore, "go", chat_length=2, state=before.state)

    assert reasons(found) == {"stays": "sticky", "loud": "group"}
    assert names(run(lore, "go", state=TimedState())) == ["loud"]


def test_entry_in_two_groups_deletes_no_unrelated_entry():
    """Deviation 9.1."""
    lore = book(
        entry("both", "go", group="g1,g2", insertion_order=50),
        entry("w1", "go", group="g1", group_override=True, insertion_order=40),
        entry("w2", "go", group="g2", group_override=True, insertion_order=30),
        entry("innocent", "go", insertion_order=1),
    )

    assert names(run(lore, "go")) == ["w1", "w2", "innocent"]
