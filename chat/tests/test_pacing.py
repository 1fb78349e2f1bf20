"""How replies are cut into bubbles and when each may come."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat import bubbles, paces, pacing, scenes
from chat.markup import parse
from chat.pacing import LONGEST_HOLD, NATURAL, SPEEDS, WHOLE, Manner, Pace

# [case, text, changed numbers of the pace, reflex line, the fan's words, bubbles, waits]; the browser reads it too.
CASES = json.loads(Path(__file__).with_name("pacing.json").read_text(encoding="utf-8"))


def words(found: list[pacing.Bubble]) -> list[str]:
    return ["\n".join(line.text for line in bubble) for bubble in found]


@pytest.mark.parametrize(
    ("_case", "text", "numbers", "lead", "fan_text", "said", "waits"), CASES, ids=[case for case, *_ in CASES]
)
def test_a_reply_comes_in_bubbles_each_in_its_time(_case, text, numbers, lead, fan_text, said, waits):
    pace = Pace(**numbers)
    is_caught = bool(lead) and text.startswith(lead)

    found = bubbles.said(text, pace, lead=lead)

    assert words(found) == said
    assert pacing.plan(found, pace, fan_text=fan_text, is_caught=is_caught) == waits


@given(st.text(alphabet='ab *\n。！.“”「」"()…- ', max_size=120), st.integers(1, 6), st.integers(1, 12))
def test_cutting_loses_nothing_and_leaves_nothing_tiny(text, most, least):
    pace = Pace(bubble_least=least, bubbles_most=most)

    cut, whole = bubbles.said(text, pace), bubbles.said(text)

    assert "".join("".join(words(cut)).split()) == "".join("".join(words(whole)).split())
    assert len(cut) <= max(most, len(whole))
    light = [bubble for bubble in cut if pacing.weight(words([bubble])[0]) < 5 * least]
    assert all(bubble in whole for bubble in light)


@given(st.text(alphabet="ab *\n。！. 坐", max_size=400), st.sampled_from(sorted(scenes.presets())))
def test_no_finished_reply_is_held_back_for_long(text, scene):
    for speed in SPEEDS:
        pace = paces.pace_of(scene, Manner(speed))

        waits = pacing.plan(bubbles.said(text, pace), pace, fan_text=text)

        assert sum(waits) <= 1000 * pace.hold_seconds <= 1000 * LONGEST_HOLD


def seconds(scene: str, manner: Manner = NATURAL) -> tuple[float, float, float, int]:
    """Return how long a scene reads, pauses and types, and how many bubbles it makes of four sentences."""
    pace = paces.pace_of(scene, manner)
    four = bubbles.said("今天走了很远的路，累了吧。先把湿衣裳换下来。火一直为你生着呢。坐近一点，别冻着了。", pace)
    return (
        pacing.reading("今天走了很远的路才到这里。", pace),
        pace.pause_seconds,
        pacing.typing(tuple(parse("今天不走也行。")), pace),
        len(four),
    )


def test_elders_are_given_the_most_time_and_the_shortest_bubbles():
    elder = seconds("elder")

    for scene in scenes.presets().keys() - {"elder"}:
        assert all(theirs < ours for theirs, ours in zip(seconds(scene)[:3], elder[:3], strict=True)), scene
    assert min(scenes.preset(scene).pace.bubble_least for scene in ("elder", "adhd")) == 5
    assert scenes.preset("elder").pace.bubble_least < scenes.preset("story").pace.bubble_least
    assert elder[3] == 4


def test_study_is_quick_bedtime_is_slow_and_questions_are_answered_at_once():
    assert seconds("study") < seconds("story") < seconds("bedtime")
    assert not paces.pace_of("knowledge", NATURAL).is_paced
    assert seconds("knowledge", Manner("slow"))[3] == 1


def test_a_character_keeps_the_pace_of_a_scene_in_its_own_way():
    story = scenes.preset("story").pace

    slow, quick = pacing.paced(story, Manner("slow")), pacing.paced(story, Manner("quick"))

    assert slow.pause_seconds == pytest.approx(story.pause_seconds * 1.4)
    assert slow.han_per_second == pytest.approx(story.han_per_second / 1.4)
    assert quick.hold_seconds == pytest.approx(story.hold_seconds * 0.7)
    assert pacing.paced(story, Manner(is_whole=True)).bubbles_most == 1
    assert pacing.paced(story, Manner("a word nobody wrote")) == story


@pytest.mark.parametrize(
    ("scene", "tempo"),
    [
        ("knowledge", "at_once"),
        ("study", "quick"),
        ("adhd", "quick"),
        ("story", "natural"),
        ("teen", "natural"),
        ("breakup", "calm"),
        ("bedtime", "calm"),
        ("elder", "slow"),
    ],
)
def test_every_scene_says_its_pace_in_a_word(scene, tempo):
    assert scenes.preset(scene).pace.tempo == tempo


def test_what_was_written_outside_of_a_scene_is_left_whole():
    assert paces.pace_of("", Manner("slow")) == WHOLE
