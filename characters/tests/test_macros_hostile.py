"""Card text is hostile: whatever it is, filling it ends soon, never raises and stays within its bounds."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from characters.macros import (
    CardTexts,
    ChatFacts,
    MacroContext,
    Variables,
    fill,
    scanned,
    shown,
    unknown_macros,
)
from characters.macros.engine import ROOM
from characters.macros.registry import MACROS

_PIECES = st.one_of(
    st.sampled_from(
        ["{{", "}}", "{", "}", "::", ":", ",", "\\", "/", "!", "#", ".", "$", " ", "\n", "<user>", "<BOT>"]
    ),
    st.sampled_from(sorted(MACROS)),
    st.sampled_from(["{{if ", "{{else}}", "{{/if}}", "{{description}}", "{{//", "{{///}}", "{{trim}}", "\ue0f1", "-"]),
    st.sampled_from(["+=", "??=", "||", "==", ">", "d6", "UTC+99999", "9" * 30, "1e400", "nan", "\x00", "\ud800"]),
    st.text(max_size=5),
)
_TEXTS = st.lists(_PIECES, max_size=60).map("".join)


def context(text=""):
    card = CardTexts(description=text, personality=text, scenario=text, first_message=text, system=text)
    return MacroContext("{{user}}", "{{char}}", card=card, chat=ChatFacts(last_message="{{description}}"))


@settings(max_examples=200, deadline=None)
@given(_TEXTS, _TEXTS)
def test_any_text_ends_within_its_bounds_and_twice_alike(text, inside):
    for fills in (fill, shown, scanned):
        filled = fills(text, context(inside))

        assert len(filled) <= len(text) + ROOM
        assert filled == fills(text, context(inside))
    assert all(name not in MACROS for name in unknown_macros(text))


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=st.characters(blacklist_characters="{}\\<\ue0f1\ue0f2")))
def test_text_without_macros_is_left_alone(text):
    assert fill(text, context()) == text


@settings(max_examples=100, deadline=None)
@given(_TEXTS)
def test_a_name_is_put_in_as_it_is(name):
    known = MacroContext(name, "Li")

    assert fill("[{{char}}]", known) in {f"[{name}]", f"[{name[:ROOM]}]"} or "\ue0f1" in name or "\ue0f2" in name
    assert not known.variables.changed


@pytest.mark.parametrize(
    ("_case", "text"),
    [
        ("open braces", "{{" * 50_000),
        ("open names", "{{a " * 20_000),
        ("closing braces", "}}" * 50_000),
        ("nested", "{{random::" * 10_000 + "}}" * 10_000),
        ("single braces", "{" * 200_000),
        ("conditions opened", "{{if a}}" * 10_000),
        ("conditions closed", "{{/if}}" * 10_000),
        ("conditions nested", "{{if a}}" * 10_000 + "{{/if}}" * 10_000),
        ("blocks crossing", "{{if a}}{{setvar x}}" * 4_000 + "{{/if}}{{/setvar}}" * 4_000),
        ("spaces", "{{" + " " * 200_000 + "}}"),
        ("hyphens", "{{.a" + "-" * 200_000 + "}}"),
        ("slashes", "{{" + "/" * 200_000 + "}}"),
        ("separators", "{{random:" + ":,|" * 60_000 + "}}"),
        ("line ends", "\n" * 100_000 + "{{trim}}" + "\n" * 100_000),
        ("texts in texts", "{{description}}" * 10_000),
        ("dice", "{{roll::100d6}}" * 1_500),
        ("variables that double", "{{setvar::a::xx}}" + "{{setvar::a::{{.a}}{{.a}}}}" * 5_000 + "{{.a}}"),
        ("a variable read for ever", "{{setvar::a::" + "x" * 2_000 + "}}" + "{{.a}}" * 8_000),
        ("dates", "{{datetimeformat " + "LLLL" * 20_000 + "}}"),
        ("escapes", r"\{" * 100_000),
    ],
)
def test_a_hostile_text_is_filled_in_linear_time(_case, text):
    card = CardTexts(description="{{scenario}}" * 500, scenario="{{personality}}" * 500, personality="x" * 500)
    began = time.process_time()

    filled = fill(text, MacroContext("Mira", "Li", card=card))

    assert time.process_time() - began < 2
    assert len(filled) <= len(text) + ROOM


def test_a_long_text_of_the_card_is_not_read_again_and_again():
    card = CardTexts(description="{{// " + "x" * 1_000_000 + "}}")
    began = time.process_time()

    filled = fill("{{description}}" * 5_000, MacroContext("Mira", "Li", card=card))

    assert time.process_time() - began < 1
    assert filled == ""


def test_deeper_than_ten_is_text():
    def nested(depth):
        return "{{reverse::" * depth + "ab" + "}}" * depth

    def blocks(depth):
        return "{{if a}}" * depth + "x" + "{{/if}}" * depth

    assert fill(nested(10), context()) == "ab"
    assert fill(nested(11), context()) == fill("{{reverse::" * 10 + "{{reverse::ab}}" + "}}" * 10, context())
    assert "{{reverse::ab}}" in fill(nested(11), context())
    assert fill(blocks(10), context()) == "x"
    assert "{{/if}}" in fill(blocks(12), context())


def test_what_macros_add_is_cut_at_the_bound():
    known = MacroContext("Mira", "L" * 60_000)

    assert fill("{{user}}{{user}}{{user}}!", known) == "L" * ROOM + "!"


@pytest.mark.parametrize(
    ("_case", "name", "value"),
    [("name", "n" * 101, "x"), ("value", "n", "x" * 2001), ("no name", "", "x")],
)
def test_variables_beyond_the_limits_are_not_written(_case, name, value):
    variables = Variables()

    fill(f"{{{{setvar::{name}::{value}}}}}", MacroContext("Mira", "Li", variables=variables))

    assert variables.local == {}
    assert not variables.changed


def test_variables_have_room_for_so_much_and_so_many():
    many, long = Variables(), Variables()

    for n in range(150):
        many.put(many.local, str(n), "x")
        long.put(long.local, str(n), "x" * 1999)

    assert len(many.local) == 100
    assert len(long.local) == 10
    assert many.put(many.local, "0", "y")
    assert many.local["0"] == "y"
