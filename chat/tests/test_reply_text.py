"""A reply while it is written: what is shown of it, and when it ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.prompts.reply import Trimmer, balanced, chinese_marks, tidied, whole


def through(text: str, *, size: int = 3, **options) -> tuple[str, Trimmer]:
    """Feed `text` in pieces of `size` characters; return what was shown and the trimmer."""
    trimmer = Trimmer(**{"name": "Mira", **options})
    shown = "".join(trimmer.feed(text[i : i + size]) for i in range(0, len(text), size))
    return shown + trimmer.finish(), trimmer


@pytest.mark.parametrize("size", [1, 2, 5, 100])
@pytest.mark.parametrize(
    ("_case", "text", "options", "shown"),
    [
        ("plain", "Sit. Mind the step.", {}, "Sit. Mind the step."),
        ("its name first", "Mira: Sit.", {}, "Sit."),
        ("its name in Chinese marks", "Mira：坐。", {}, "坐。"),
        ("a name that is none", "Miracles happen.", {}, "Miracles happen."),
        ("the prefill said again", "*nods* Sit.", {"prefill": "*nods*"}, "Sit."),
        ("going on from the prefill", " here.", {"prefill": "I am"}, " here."),
        ("a stop string", "Sit.\nSam: no", {"stop": ["\nSam:"]}, "Sit."),
        ("the beginning of a stop string", "Sit.\nSamovar", {"stop": ["\nSam:"]}, "Sit.\nSamovar"),
        ("a stop string alone", "\nSam: no", {"stop": ["\nSam:"]}, ""),
        ("one sentence", "坐。雪大。夜长。", {"sentences": 1}, "坐。"),
        ("one English sentence", "I am 3.5 feet. Go on.", {"sentences": 1}, "I am 3.5 feet."),
    ],
)
def test_what_is_shown_of_a_reply(_case, text, options, shown, size):
    assert through(text, size=size, **options)[0] == shown


def test_a_circle_ends_the_reply():
    shown, trimmer = through("Well. " + "The lamp is lit. " * 20)

    assert trimmer.is_done
    assert trimmer.reason == "loop"
    assert len(shown) < 150
    assert tidied(shown, finish_reason="loop", is_chinese=False) == "Well. The lamp is lit."


def test_a_flood_ends_the_reply():
    shown, trimmer = through("".join(chr(0x4E00 + n * 7919 % 20_000) for n in range(20_000)), size=100)

    assert (len(shown.encode()), trimmer.reason) == (16_380, "length")


@given(st.text(alphabet="ab*。 \n:M", max_size=60), st.integers(1, 7))
def test_no_text_is_lost_or_changed_but_for_a_name_in_front(text, size):
    shown, trimmer = through(text, size=size)

    assert shown.strip() in text
    assert trimmer.is_done or text.strip().endswith(shown.strip())


@pytest.mark.parametrize(
    ("_case", "text", "kept"),
    [
        ("whole already", "坐。", "坐。"),
        ("a loose end", "坐。雪还要下，他", "坐。雪还要下，他…"),
        (
            "a long text with a loose end",
            "She lit the lamp. She counted ships. And then the",
            "She lit the lamp. She counted ships.",
        ),
        ("no sentence at all", "and then", "and then…"),
        ("an open action", "*She looks", "*She looks…*"),
        ("a closing quote", "“Sit.” And then", "“Sit.”"),
    ],
)
def test_a_reply_cut_off_ends_at_a_sentence(_case, text, kept):
    assert whole(text) == kept


@pytest.mark.parametrize(
    ("_case", "text", "kept"),
    [
        ("paired", "*a* b", "*a* b"),
        ("a lone one at the end", "坐。*", "坐。"),
        ("an open action", "*他看火", "*他看火*"),
        ("doubled", "*拉火回炉** 不必。*", "*拉火回炉* 不必。"),
        ("bold", "**a** b", "*a* b"),
    ],
)
def test_asterisks_are_paired(_case, text, kept):
    assert balanced(text) == kept


@pytest.mark.parametrize(
    ("_case", "text", "kept"),
    [
        ("a stop", "没有我.你喊", "没有我。你喊"),
        ("a question", "你呢?", "你呢？"),
        ("a number", "有3.5斤", "有3.5斤"),
        ("dots", "他说...好", "他说...好"),
        ("english", "OK. Fine.", "OK. Fine."),
    ],
)
def test_chinese_has_its_own_marks(_case, text, kept):
    assert chinese_marks(text) == kept


def test_a_finished_reply_is_tidied_by_how_it_ended():
    assert tidied("*点头* 好. 然后他", finish_reason="length", is_chinese=True) == "*点头* 好。"
    assert tidied("Sit. ", finish_reason="stop", is_chinese=False) == "Sit."
