"""Chance in card text: the same on replay, another one elsewhere."""

from __future__ import annotations

from collections import Counter

import pytest

from characters.macros import MacroContext, Variables, fill


def context(turn=5, chat=9, **changes):
    return MacroContext("Mira", "Li", turn_seed=turn, chat_seed=chat, **changes)


@pytest.mark.parametrize(
    ("_case", "text", "items"),
    [
        ("colons", "{{random::red::green::blue}}", {"red", "green", "blue"}),
        ("one colon, then colons", "{{random:a::b,c}}", {"a", "b,c"}),
        ("commas", r"{{random:A,B\,C, D}}", {"A", "B,C", "D"}),
        ("space", "{{random one, two}}", {"one", "two"}),
        ("macros inside", "{{random:{{char}},{{user}}}}", {"Mira", "Li"}),
        ("a name with a comma is one item", "{{random::{{getvar::comma}}::x}}", {"a, b", "x"}),
        ("a list in a variable", "{{random::{{getvar::comma}}}}", {"a", "b"}),
        ("a block", "{{random}}one, {{user}}{{/random}}", {"one", "Li"}),
        ("nothing listed", "{{random:}}", {""}),
        ("pick", "{{pick::x::y}}", {"x", "y"}),
    ],
)
def test_every_item_is_drawn_and_nothing_else(_case, text, items):
    drawn = {fill(text, context(n, n, variables=Variables({"comma": "a, b"}))) for n in range(60)}

    assert drawn == items


def test_random_is_the_turns_and_pick_is_the_chats():
    text = "{{random::1::2::3::4::5::6::7::8}} {{pick::1::2::3::4::5::6::7::8}}"

    first, again, other = (fill(text, c, place="lore:7") for c in (context(), context(), context(turn=6)))

    assert first == again == "4 3"
    assert other == "1 3"


def test_places_draw_apart():
    text = "{{random::1::2::3::4::5::6::7::8}}{{random::1::2::3::4::5::6::7::8}}"

    assert [fill(text, context(), place=place) for place in ("description", "scenario")] == ["35", "86"]


def test_draws_are_even():
    counted = Counter(fill("{{random::a::b::c::d}}", context(n)) for n in range(4000))

    assert sorted(counted.items()) == [("a", 1006), ("b", 1006), ("c", 1023), ("d", 965)]


@pytest.mark.parametrize(
    ("_case", "text", "low", "high"),
    [
        ("sides", "{{roll:6}}", 1, 6),
        ("d", "{{roll:d20}}", 1, 20),
        ("space", "{{roll 2d4}}", 2, 8),
        ("more", "{{roll::3d6+4}}", 7, 22),
        ("less", "{{roll::1d2 - 5}}", -4, -3),
        ("per cent", "{{roll::d%}}", 1, 100),
    ],
)
def test_dice_stay_in_their_range(_case, text, low, high):
    rolled = {int(fill(text, context(n))) for n in range(400)}

    assert min(rolled) >= low
    assert max(rolled) <= high
    assert len(rolled) > (high - low) // 2


@pytest.mark.parametrize("formula", ["0", "d0", "0d6", "x", "2d", "99999d6", "101d6", "2d6+x", "²", ""])
def test_dice_that_do_not_exist_say_nothing(formula):
    assert fill(f"[{{{{roll::{formula}}}}}]", context()) == "[]"
