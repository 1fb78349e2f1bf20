"""Whole prompts as text files, so that a change of layout is read as a diff. `UPDATE_GOLDEN=1` writes them anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.conf import settings

from characters.cards.schema import CharacterCard
from chat import sheets
from chat.given import Cast, Knowledge, Line
from chat.prompts import examples
from chat.prompts.limits import limits_of
from chat.prompts.prompt import Limits, Prompt
from chat.prompts.render import Notes, opening, render
from companion_site.management.seed.sources import card_data, read_yaml

GOLDEN = Path(__file__).with_name("golden")
SMALL = limits_of("embedded/any", {})
LARGE = Limits()
HISTORY = {
    "shen-guhong": ["（推门）", "*没抬头* 坐。雪还要下一阵。", "外面好冷", "*推过一碗热水* 喝。"],
    "aoi": ["(comes in)", "*does not look up* Hmph. You're late.", "It's cold out", "*slides a cup over* Drink it."],
}
MESSAGE = {"shen-guhong": "你的断剑，是怎么断的？", "aoi": "Why do you always keep this stool free?"}


def cast_of(slug: str) -> Cast:
    source = read_yaml(settings.FIXTURES_DIR / "cards" / f"{slug}.yaml")
    sheet = sheets.sheet_of(CharacterCard(card_data(source)), key=slug)
    return Cast(
        sheet, "小雨" if sheet.is_chinese else "Sam", "怕冷，爱喝粥。" if sheet.is_chinese else "A night nurse."
    )


def history_of(slug: str) -> list[Line]:
    lines = [Line("character", "*greeting*", depth=0)]
    lines += [Line("character" if n % 2 else "fan", text, depth=n + 1) for n, text in enumerate(HISTORY[slug])]
    return lines


def rendered(slug: str, limits: Limits) -> Prompt:
    cast = cast_of(slug)
    sheet = cast.sheet
    chosen = examples.choose(
        sheet.exchanges,
        message=MESSAGE[slug],
        emotions=sheet.emotions,
        emotion="neutral",
        counts=(limits.examples, limits.near_examples),
    )
    notes = Notes(
        memories=["昨天说胃疼" if sheet.is_chinese else "yesterday, stomach hurts"],
        lore=[sheet.lore.entries[0].content],
        knowledge=[Knowledge("听雪", "断剑叫阿穗。她是他的妹妹。白灾那年她四岁。")] if sheet.is_chinese else [],
        scene="",
        strategy="对方正难过。" if sheet.is_chinese else "They are hurting.",
    )
    return render(cast, history_of(slug), MESSAGE[slug], limits=limits, notes=notes, examples=chosen)


def as_text(prompt: Prompt) -> str:
    parts = [f"--- {message.role}\n{message.content}" for message in prompt.messages]
    return "\n".join([*parts, f"--- stop\n{prompt.stop!r}", f"--- tokens\n{prompt.tokens}\n"])


@pytest.mark.parametrize(
    ("slug", "size"), [("shen-guhong", "small"), ("shen-guhong", "large"), ("aoi", "small"), ("aoi", "large")]
)
def test_a_prompt_reads_as_agreed(slug, size):
    prompt = as_text(rendered(slug, SMALL if size == "small" else LARGE))

    path = GOLDEN / f"{slug}-{size}.txt"
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.write_text(prompt, encoding="utf-8")
    assert prompt == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("slug", ["shen-guhong", "aoi"])
def test_what_is_warmed_is_what_the_prompt_begins_with(slug):
    cast = cast_of(slug)
    chosen = examples.choose(
        cast.sheet.exchanges, message="", emotions=cast.sheet.emotions, emotion="neutral", counts=(SMALL.examples, 0)
    )

    warmed = opening(cast, history_of(slug), limits=SMALL, examples=chosen)

    assert rendered(slug, SMALL).messages[: len(warmed)] == warmed


def test_equal_prompts_have_equal_hashes_and_others_do_not():
    one, same, other = rendered("aoi", SMALL), rendered("aoi", SMALL), rendered("shen-guhong", SMALL)

    assert one.hash == same.hash
    assert one.hash != other.hash


def test_a_prefill_is_the_last_message_and_replaces_another():
    prompt = rendered("aoi", SMALL).with_last("*nods*").with_last("Hmph.")

    assert [(m.role, m.content) for m in prompt.messages[-2:]] == [
        ("user", MESSAGE["aoi"]),
        ("assistant", "Hmph."),
    ]
