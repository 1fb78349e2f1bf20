"""Out of character and preachy: how a persona must not sound."""

from __future__ import annotations

import pytest

from moderation import guard
from moderation.detectors import ooc, quality
from moderation.profiles import CharacterProfile
from moderation.services.audits import OOC_CASE_AT

SWORDSMAN = CharacterProfile(name="沈夜", language="zh-Hans", forbidden=("手机", "量子力学", "wifi"))
KEEPER = CharacterProfile(name="Mira", language="en")


def ooc_score(text: str, profile: CharacterProfile) -> float:
    return ooc.score(guard.inspect(text, side="character", profile=profile))


@pytest.mark.parametrize(
    ("_case", "profile", "text", "reason"),
    [
        ("disclosure en", KEEPER, "As an AI language model, I cannot feel.", "ai_disclosure"),
        ("disclosure zh", SWORDSMAN, "作为一个AI语言模型，我没有感情。", "ai_disclosure"),
        ("call centre zh", SWORDSMAN, "您好，请问有什么可以帮您？", "customer_service"),
        ("call centre en", KEEPER, "Is there anything else I can help you with today?", "customer_service"),
        ("refusal en", KEEPER, "I'm sorry, but I can't assist with that request.", "refusal"),
        ("refusal zh", SWORDSMAN, "抱歉，我无法提供此类内容。", "refusal"),
        ("anachronism", SWORDSMAN, "我给你讲讲量子力学。", "anachronism"),
        ("language", SWORDSMAN, "Of course, my dear friend, let us go.", "language_mismatch"),
        ("language", KEEPER, "当然可以，我这就陪你过去看看。", "language_mismatch"),
        ("world", KEEPER, "In this roleplay, I would say hello.", "world_break"),
    ],
)
def test_a_slip_becomes_a_case_worth_looking_at(_case, profile, text, reason):
    found = guard.inspect(text, side="character", profile=profile)

    assert reason in {f.reason for f in found}
    assert ooc.score(found) >= OOC_CASE_AT


@pytest.mark.parametrize(
    ("_case", "profile", "text"),
    [
        ("curt", SWORDSMAN, "剑未出鞘，你已经输了。"),
        ("refuses in role", SWORDSMAN, "不行。我的剑只为一人而出。"),
        ("tea", KEEPER, "*pours tea* Sit. Mind the step."),
        ("comfort", KEEPER, "I am here. Tell me about the ship that did not come."),
        ("laugh in the other language", SWORDSMAN, "OK。"),
        ("denies being a machine", SWORDSMAN, "我才不是什么木头人，哼。"),
        ("part of a word", KEEPER, "The said captain had an aim, and air to spare."),
    ],
)
def test_a_persona_in_its_own_voice_is_left_alone(_case, profile, text):
    assert ooc_score(text, profile) == 0


def test_an_anachronism_is_marked_to_the_letter():
    text = "你的手机掉了。"

    found = guard.inspect(text, side="character", profile=SWORDSMAN)

    assert [(f.rule, text[slice(*f.span)]) for f in found] == [("ooc.forbidden", "手机")]


def test_a_robot_may_say_that_it_is_one():
    robot = CharacterProfile(name="R-7", language="en", is_artificial=True)

    assert ooc_score("As an AI I count the stars for you.", robot) == 0


def test_a_character_out_of_character_is_never_blocked():
    assert not guard.screen("As an AI language model, I cannot feel.", side="character").is_blocked


def test_signs_add_up_as_chances_do():
    found = guard.inspect("As an AI, I cannot feel. How can I help you today?", side="character")

    one_by_one = 1.0
    for finding in found:
        one_by_one *= 1 - finding.score
    assert ooc.score(found) == round(1 - one_by_one, 4)
    assert ooc.score([]) == 0


@pytest.mark.parametrize(
    "text",
    [
        "你应该多参加社交活动，孤独是普遍的，要学会调整心态。",
        "You should try joining a club. Everyone feels lonely sometimes.",
    ],
)
def test_a_sermon_scores_high(text):
    assert quality.score(guard.inspect(text, side="character")) >= 0.5


@pytest.mark.parametrize("text", ["我在。今晚风大，靠过来一点。", "That sounds heavy. I am not going anywhere."])
def test_being_there_is_no_sermon(text):
    assert quality.score(guard.inspect(text, side="character")) == 0
