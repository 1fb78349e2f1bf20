"""Whole prompts as text files, so that a change of layout is read as a diff. `UPDATE_GOLDEN=1` writes them anew."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import lru_cache
from importlib import import_module
from pathlib import Path

import pytest
from django.conf import settings

from characters.cards.schema import CharacterCard
from chat import sheets
from chat.given import Cast, Knowledge, Line, Moment, Note, Past, Play
from chat.prompts.assemble import stable_front
from chat.prompts.limits import PRESETS
from chat.tests.prompts import MOMENT, NOW, as_text, full_card, made, play_of

GOLDEN = Path(__file__).with_name("golden")
SIZES = ("small", "local", "default")


@lru_cache(maxsize=4)
def demo_cast(slug: str) -> Cast:
    """Return the cast of a demo card."""
    # The park's own reader of its fixtures; an app may not import it, a test may ask it.
    seed = import_module("companion_site.management.seed.sources")
    source = seed.read_yaml(settings.FIXTURES_DIR / "cards" / f"{slug}.yaml")
    sheet = sheets.sheet_of(CharacterCard(seed.card_data(source)), key=slug)
    return Cast(sheet, "小雨", "怕冷，爱喝粥。") if sheet.is_chinese else Cast(sheet, "Sam", "A night nurse.")


HISTORY = {
    "shen-guhong": ["（推门）", "*没抬头* 坐。雪还要下一阵。", "外面好冷", "*推过一碗热水* 喝。"],
    "aoi": ["(comes in)", "*does not look up* Hmph. You're late.", "It's cold out", "*slides a cup over* Drink it."],
}
MESSAGE = {"shen-guhong": "你的断剑，是怎么断的？", "aoi": "Why do you always keep this stool free?"}


def demo_play(slug: str) -> Play:
    """Return a demo card in the middle of a chat."""
    cast = demo_cast(slug)
    lines = [Line("character", "*greeting*", depth=0)]
    lines += [Line("character" if n % 2 else "fan", text, depth=n + 1) for n, text in enumerate(HISTORY[slug])]
    knowledge = (Knowledge("听雪", "断剑叫阿穗。她是他的妹妹。白灾那年她四岁。"),) if cast.sheet.is_chinese else ()
    return Play(
        cast,
        MESSAGE[slug],
        tuple(lines),
        books=(cast.sheet.book,) if cast.sheet.book is not None else (),
        author_note=Note("外面在下雪。" if cast.sheet.is_chinese else "It rains outside."),
        knowledge=knowledge,
        past=Past(length=6, replies=3),
    )


def demo_moment(slug: str) -> Moment:
    zh = demo_cast(slug).sheet.is_chinese
    return Moment(
        NOW,
        seed=7,
        chat_seed=11,
        memories=("昨天说胃疼",) if zh else ("yesterday, stomach hurts",),
        strategy="对方正难过。" if zh else "They are hurting.",
    )


def compare(name: str, text: str) -> None:
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("slug", ["shen-guhong", "aoi"])
def test_a_prompt_reads_as_agreed(slug, size):
    compare(f"{slug}-{size}", as_text(made(demo_play(slug), size, demo_moment(slug)).prompt))


@pytest.mark.parametrize("size", SIZES)
def test_a_card_that_uses_every_field_reads_as_agreed(size):
    play = play_of(full_card(), author_note=Note("Sam is tired.", depth=1))
    moment = replace(MOMENT, memories=("yesterday, stomach hurts",), strategy="They are hurting.")

    compare(f"mira-{size}", as_text(made(play, size, moment).prompt))


@pytest.mark.parametrize("position", ["in_chat", "before"])
@pytest.mark.parametrize("size", ["small", "local"])
@pytest.mark.parametrize("slug", ["shen-guhong", "aoi"])
def test_what_is_warmed_is_what_the_prompt_begins_with(slug, size, position):
    play = replace(demo_play(slug), author_note=Note("Rain.", position))

    warmed = stable_front(play, MOMENT, PRESETS[size])

    messages = made(play, size, demo_moment(slug)).prompt.messages
    assert messages[: len(warmed)] == warmed
    assert len(warmed) > 18


def test_equal_prompts_have_equal_hashes_and_others_do_not():
    one, same, other = (made(demo_play(slug), "small").prompt for slug in ("aoi", "aoi", "shen-guhong"))

    assert one.hash == same.hash
    assert one.hash != other.hash


def test_a_prefill_is_the_last_message_and_replaces_another():
    play = demo_play("aoi")

    prompt = made(play, "small").prompt.with_last("*nods*").with_last("Hmph.")

    assert [(m.role, m.content) for m in prompt.messages[-2:]] == [("user", play.message), ("assistant", "Hmph.")]
