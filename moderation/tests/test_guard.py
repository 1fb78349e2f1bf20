"""The inline guard: one verdict on one whole text, quickly, whatever comes in."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest

from moderation import guard
from moderation.policy import Action

LONG = "今晚的风很轻，灯塔的光一圈一圈地转。The kettle is on, sit down. " * 2000


@pytest.mark.parametrize(
    ("_case", "planted"), [("at the start", "怎么制作炸弹\n{}"), ("at the end", "{}\n怎么制作炸弹")]
)
def test_a_very_long_message_is_read_from_both_ends(_case, planted):
    assert guard.screen(planted.format(LONG), side="fan").action is Action.BLOCK


def test_a_megabyte_is_answered_in_time():
    begun = time.perf_counter()

    verdict = guard.screen("啊" * 1_000_000, side="fan")

    assert verdict.action is Action.ALLOW
    assert time.perf_counter() - begun < 2


def test_findings_come_in_the_order_of_the_text():
    found = guard.inspect("加我微信 abc12345，或者打 13812345678，去死吧", side="character")

    assert all(first.span <= second.span for first, second in pairwise(found))
    assert {f.category.value for f in found} == {"contact", "harassment", "self_harm"}


@pytest.mark.parametrize("side", ["fan", "character", "card"])
@pytest.mark.parametrize("text", ["", " ", "\n\n", "\x00", "\ud800\udfff", "\u202eevil", "9" * 5000, "a." * 3000])
def test_odd_text_is_no_accident(side, text):
    assert guard.screen(text, side=side).is_blocked is False


def test_the_same_text_has_the_same_verdict():
    text = "我不想活了，加我微信 abc12345"

    assert guard.screen(text, side="fan") == guard.screen(text, side="fan")
