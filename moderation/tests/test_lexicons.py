"""The files of words and policies: well formed, worded for people, and refused where they are not."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core import checks

from moderation import labels, loading, policies, subjects
from moderation.findings import Category
from moderation.lexicon import AFTER, Lexicon
from moderation.models import Family, Outcome
from moderation.services.decisions import outcomes_for
from moderation.tests import factories

DETECTORS = Path(loading.__file__).parent / "detectors"


@pytest.fixture
def fresh_lexicons(settings, tmp_path):
    """Point the loader at a folder of the test; give the real one back afterwards."""
    folder = tmp_path / "lexicons"
    folder.mkdir()
    settings.FIXTURES_DIR = tmp_path
    loading.all_rules.cache_clear()
    yield folder
    loading.all_rules.cache_clear()


def test_rules_are_named_once_and_say_something():
    rules = loading.all_rules()

    assert len({rule.id for rule in rules}) == len(rules)
    assert [rule.id for rule in rules if not rule.terms or not 0 < rule.score <= 1 or not rule.version] == []
    assert [rule.id for rule in rules if rule.sides - {"fan", "character", "card"}] == []


def test_nothing_looks_further_ahead_than_a_stream_waits():
    lexicon = loading.streaming_lexicon()

    assert len(lexicon) > 100
    assert max(len(phrase) for rule in lexicon.rules for phrase in rule.unless or ("",)) <= AFTER


def test_every_reason_a_detector_can_give_is_worded():
    in_code = set()
    for path in DETECTORS.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Finding":
                in_code |= {arg.value for arg in node.args if isinstance(arg, ast.Constant)}
    codes = {code for code in in_code if isinstance(code, str) and re.fullmatch(r"[a-z_]+", code)}
    codes |= {rule.reason for rule in loading.all_rules()} | {"minor_sexual", "minor_romance", "phone", "mail", "url"}

    assert {code for code in codes | {"messenger"} if code not in labels.REASONS} == set()
    assert set(labels.CATEGORIES) == set(Category)


def test_an_unknown_reason_still_reads_as_words():
    assert labels.reason("odd_thing") == "odd thing"


@pytest.mark.parametrize(
    ("_case", "text", "complaint"),
    [
        ("category", "{id: a, category: nonsense, severity: 3, reason: x, terms: [b]}", "rule a"),
        ("severity", "{id: a, category: hate, severity: 9, reason: x, terms: [b]}", "rule a"),
        ("no terms", "{id: a, category: hate, severity: 3, reason: x}", "rule a"),
    ],
)
def test_a_malformed_rule_is_named_by_the_system_check(fresh_lexicons, _case, text, complaint):
    (fresh_lexicons / "redlines.yaml").write_text(f"version: 1\nrules:\n  - {text}\n", encoding="utf-8")

    [error] = [e for e in checks.run_checks(tags=["moderation"]) if e.id == "moderation.E003"]

    assert "redlines.yaml" in error.msg
    assert complaint in error.msg


def test_the_files_of_the_house_pass_the_check(settings):
    assert checks.run_checks(tags=["moderation"]) == []


@pytest.mark.parametrize(
    ("path", "identity"),
    [("moderation.nowhere.Thing", "moderation.E001"), ("moderation.findings.Finding", "moderation.E002")],
)
def test_a_subject_that_does_not_answer_is_an_error(settings, path, identity):
    settings.MODERATION_SUBJECTS = {"planet": path}

    assert [error.id for error in checks.run_checks(tags=["moderation"])] == [identity]


def test_the_fake_subject_answers_the_whole_protocol():
    factories.put("reply", factories.REPLY_ID, "Hello.")

    assert isinstance(subjects.load("reply", factories.REPLY_ID), subjects.Subject)


def test_every_policy_is_whole_in_both_languages():
    for policy in policies.all_policies().values():
        assert set(policy.titles) == set(policy.texts) == {"zh-hans", "en"}
        assert 1 <= policy.severity <= 5
        assert policy.sla_minutes > 0
        assert policy.version


@pytest.mark.parametrize("family", Family)
def test_every_family_can_be_decided_under_its_own_policies(family):
    case = factories.Case(family=family)
    own = [policy for policy in policies.all_policies().values() if policy.family == family]

    assert own
    assert [policy.code for policy in own if not outcomes_for(case, policy)] == []
    assert (Outcome.REJECT in {o for p in own for o in outcomes_for(case, p)}) is (family == Family.REVIEW)


def test_ten_thousand_terms_cost_as_little_as_a_hundred():
    rule = loading.all_rules()[0]
    big = Lexicon([rule.__class__("big", rule.category, rule.severity, "x", tuple(f"词{n}条" for n in range(10_000)))])

    assert len(big) == 10_000
    assert [hit.text for hit in big.scan("这里有词4711条。")] == ["词4711条"]
    assert settings.FIXTURES_DIR
