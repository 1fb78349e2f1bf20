"""What follows from findings, on each side of the chat."""

from __future__ import annotations

import pytest

from moderation import policies
from moderation.findings import Category, Finding, Severity, worst
from moderation.policy import BLOCK_AT, POLICY_CODES, Action, blocks, judge
from moderation.tests.factories import finding

NOTE, LOW, MEDIUM, HIGH, CRITICAL = Severity


def test_nothing_seen_is_allowed():
    verdict = judge([], side="fan")

    assert (verdict.action, verdict.policy_code, verdict.crisis, verdict.findings) == (Action.ALLOW, "", False, ())


@pytest.mark.parametrize(
    ("_case", "side", "category", "severity", "action", "code"),
    [
        ("note", "fan", Category.VIOLENCE, LOW, Action.ALLOW, ""),
        ("warned", "fan", Category.VIOLENCE, MEDIUM, Action.WARN, "VIOLENCE-01"),
        ("blocked", "fan", Category.VIOLENCE, HIGH, Action.BLOCK, "VIOLENCE-01"),
        ("fan's own phone", "fan", Category.CONTACT, MEDIUM, Action.WARN, "CONTACT-01"),
        ("character's phone", "character", Category.CONTACT, MEDIUM, Action.BLOCK, "CONTACT-01"),
        ("card's phone", "card", Category.CONTACT, MEDIUM, Action.BLOCK, "CONTACT-01"),
        ("fan's trick", "fan", Category.INJECTION, HIGH, Action.WARN, "INJECT-01"),
        ("card's trick", "card", Category.INJECTION, HIGH, Action.BLOCK, "INJECT-01"),
        ("minors", "fan", Category.MINORS, MEDIUM, Action.BLOCK, "SEX-MINOR-01"),
        ("fan rages", "fan", Category.HARASSMENT, HIGH, Action.WARN, "HARASS-01"),
        ("character rages", "character", Category.HARASSMENT, HIGH, Action.BLOCK, "HARASS-01"),
        ("slip", "character", Category.OOC, HIGH, Action.WARN, "OOC-01"),
        ("sermon", "character", Category.QUALITY, LOW, Action.ALLOW, ""),
        ("character urges", "character", Category.SELF_HARM, HIGH, Action.BLOCK, "SELF-HARM-01"),
    ],
)
def test_one_finding(_case, side, category, severity, action, code):
    verdict = judge([finding(category, severity)], side=side)

    assert (verdict.action, verdict.policy_code, verdict.is_blocked) == (action, code, action is Action.BLOCK)


@pytest.mark.parametrize(("severity", "crisis"), [(LOW, False), (HIGH, True), (CRITICAL, True)])
def test_despair_of_a_fan_asks_for_the_crisis_card_and_never_blocks(severity, crisis):
    verdict = judge([finding(Category.SELF_HARM, severity)], side="fan")

    assert (verdict.crisis, verdict.is_blocked, verdict.crisis_severity) == (crisis, False, severity)
    assert verdict.policy_code == ("CRISIS-01" if crisis else "")


def test_despair_beside_a_red_line_is_blocked_and_still_a_crisis():
    found = [finding(Category.SELF_HARM, HIGH), finding(Category.ILLEGAL, HIGH)]

    verdict = judge(found, side="fan")

    assert (verdict.action, verdict.policy_code, verdict.crisis) == (Action.BLOCK, "ILLEGAL-01", True)


def test_the_gravest_blocking_finding_names_the_policy():
    found = [finding(Category.OOC, CRITICAL), finding(Category.SEXUAL, HIGH), finding(Category.MINORS, CRITICAL)]

    assert judge(found, side="character").policy_code == "SEX-MINOR-01"
    assert judge(found[:2], side="character").policy_code == "SEX-01"


def test_minors_block_on_every_side():
    assert [blocks(finding(Category.MINORS, MEDIUM), side) for side in BLOCK_AT] == [True, True, True]


def test_every_category_has_a_policy_of_the_house():
    assert set(POLICY_CODES) == set(Category)
    assert set(POLICY_CODES.values()) <= set(policies.all_policies())


def test_worst_prefers_gravity_then_certainty():
    sure = Finding(Category.HATE, HIGH, (0, 1), "a", "1", 0.9, "slur")
    unsure = Finding(Category.HATE, HIGH, (0, 1), "b", "1", 0.4, "slur")

    assert worst([unsure, sure, finding(Category.OOC, LOW)]) is sure
    assert worst([]) is None


def test_a_finding_survives_being_written_down():
    found = finding(span=(3, 9))

    assert Finding.from_dict(found.as_dict()) == found
    with pytest.raises(TypeError):
        Finding.from_dict(found.as_dict() | {"span": 3})
