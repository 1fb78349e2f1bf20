"""The prompt of a suggested line, and what is made of a model's text. Pure."""

from __future__ import annotations

import pytest

from chat.given import Line
from chat.prompts.draft import draft_of, drafted
from chat.prompts.limits import PRESETS
from chat.tests.test_prompt_golden import SIZES, compare, demo_play


def draft(slug="aoi", size="default", history=None):
    play = demo_play(slug)
    lines = history if history is not None else [*play.history, Line("director", "[Rain.]"), play.history[-1]]
    return draft_of(play.cast, lines, PRESETS[size], seed=7)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("slug", ["shen-guhong", "aoi"])
def test_a_draft_s_prompt_reads_as_agreed(slug, size):
    made = draft(slug, size)

    text = "\n".join(f"--- {m.role}\n{m.content}" for m in made.messages)
    compare(f"{slug}-draft-{size}", f"{text}\n--- stop\n{made.stop!r}\n--- tokens\n{made.tokens}\n")


@pytest.mark.parametrize("size", SIZES)
def test_the_model_never_goes_on_from_the_fan_s_last_words(size):
    made = draft(size=size, history=[Line("character", "Hello.", depth=0), Line("fan", "Hi.", depth=1)])

    assert made.messages[-1].role != "assistant"


def test_the_fan_s_language_counts_not_the_card_s():
    made = draft("aoi", history=[Line("fan", "今天好累，想喝茶。")])

    assert made.is_chinese
    assert "in Chinese, about 9 characters" in made.messages[-1].content


def test_a_line_is_about_as_long_as_the_fan_s_own():
    short, long = (draft(history=[Line("fan", "word " * count)]) for count in (2, 400))

    assert (short.tokens, long.tokens) == (24, 156)


@pytest.mark.parametrize(
    ("_case", "text", "line"),
    [
        ("as it is", "Tea, please", "Tea, please"),
        ("a name before", "Sam: Tea, please.", "Tea, please."),
        ("quotes around", "“Tea, please.”", "Tea, please."),
        ("quotes inside", '"Tea" and "milk"', '"Tea" and "milk"'),
        ("the other one answers", "Tea, please.\nAoi: Hmph.", "Tea, please."),
        ("two paragraphs", "Tea.\n\nAnd then he left.", "Tea."),
        ("an open action", "*sits down", "*sits down*"),
        ("nothing", "Aoi:", ""),
    ],
)
def test_what_is_left_of_a_model_s_text(_case, text, line):
    assert drafted(draft(history=[Line("fan", "word " * 20)]), text) == line


def test_a_line_cut_off_by_its_room_ends_with_a_sentence():
    made = draft(history=[Line("fan", "Hi.")])

    assert drafted(made, "It rained all day. " * 20).endswith("day.")
