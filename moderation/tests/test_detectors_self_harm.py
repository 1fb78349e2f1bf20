"""Three levels of self-harm, and what only sounds like it."""

from __future__ import annotations

import pytest

from moderation import guard, loading
from moderation.detectors import self_harm
from moderation.findings import Severity

WISH, INTENT = Severity.HIGH, Severity.CRITICAL


def level(text: str, side: str = "fan") -> int:
    """Return the gravest level seen, 0 for none."""
    return max((f.severity for f in self_harm.detect(text, loading.lexicon(), side=side)), default=0)


@pytest.mark.parametrize(
    ("_case", "text"),
    [
        ("laughing zh", "笑死我了"),
        ("tired zh", "累死了，今天开了五个会"),
        ("hot zh", "热死了"),
        ("sleepy zh", "我困死了"),
        ("missing zh", "想死你了！"),
        ("touched zh", "这部剧好看得我哭死"),
        ("hungry zh", "饿死我了，有没有吃的"),
        ("killing me en", "this is killing me"),
        ("feet en", "my feet are killing me"),
        ("laughter en", "I'm dying of laughter"),
        ("dead en", "I'm dead lol"),
        ("kill for en", "I could kill for a coffee"),
        ("deadline en", "This deadline will be the death of me"),
        ("resolve zh", "死了这条心吧"),
        ("roof zh", "今晚在楼顶看星星吗"),
        ("knife zh", "我在切菜，差点切到手"),
    ],
)
def test_hyperbole_is_not_self_harm(_case, text):
    assert level(text) == 0


@pytest.mark.parametrize(
    ("_case", "text", "expected"),
    [
        ("wish zh", "我想死", WISH),
        ("tired of life zh", "我真的不想活了", WISH),
        ("no meaning zh", "活着没意思", WISH),
        ("sleep zh", "真想一觉睡过去再也不用醒", WISH),
        ("without me zh", "没有我大家会更好", WISH),
        ("suicide zh", "我想自杀", WISH),
        ("plan zh", "今晚我就跳下去", INTENT),
        ("means zh", "安眠药我已经攒够了，我攒了一瓶安眠药", INTENT),
        ("kill myself en", "I want to kill myself", WISH),
        ("live en", "I don't want to live anymore", WISH),
        ("better off en", "Everyone would be better off without me", WISH),
        ("plan en", "I'm going to kill myself tonight", INTENT),
    ],
)
def test_wish_and_intent_are_heard(_case, text, expected):
    assert level(text) == expected


@pytest.mark.parametrize(
    ("_case", "text"),
    [
        ("novel zh", "小说里的主角想自杀，我觉得写得好"),
        ("film zh", "那部电影的台词是我不想活了"),
        ("translation zh", "想死用英文怎么说"),
        ("film en", 'the movie character says "I want to die"'),
        ("lyrics en", "the song goes I want to die"),
        ("denial zh", "别担心，我没有想自杀"),
        ("denial en", "I don't want to kill myself, I just need to vent"),
    ],
)
def test_quotes_stories_and_denials_are_at_most_a_note(_case, text):
    assert level(text) <= Severity.LOW


def test_a_fan_in_despair_is_answered_and_never_blocked():
    verdict = guard.screen("我今晚就跳下去", side="fan")

    assert (verdict.action, verdict.policy_code, verdict.crisis) == ("warn", "CRISIS-01", True)
    assert verdict.crisis_severity == Severity.CRITICAL


@pytest.mark.parametrize("text", ["去死吧，没人在乎你", "Just kill yourself.", "You should kill yourself tonight"])
def test_a_character_that_urges_is_blocked(text):
    verdict = guard.screen(text, side="character")

    assert (verdict.action, verdict.policy_code) == ("block", "SELF-HARM-01")
    assert not verdict.crisis


def test_a_finding_tells_place_rule_and_version():
    found = self_harm.detect("说真的，我想死。", loading.lexicon())

    assert [(f.span, f.rule, f.reason) for f in found] == [((5, 7), "selfharm.zh.die", "wish")]
    assert found[0].version.startswith("selfharm@")


@pytest.mark.parametrize(
    ("_case", "text"),
    [
        ("laughter beside a plan", "lol I'm going to kill myself tonight"),
        ("a game beside a plan", "after this game I'm going to kill myself tonight"),
        ("laughter beside a plan, zh", "哈哈，我今晚就去自杀"),
        ("a game beside a plan, zh", "打完这局游戏，我今晚就去自杀"),
    ],
)
def test_a_stated_plan_is_an_alarm_whatever_stands_beside_it(_case, text):
    assert level(text) == INTENT
