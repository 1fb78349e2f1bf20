"""Deciding: one moderator, one policy, one reason, and an effect that stands or falls with them."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction

from companion_site.core.exceptions import NotFound
from moderation import services
from moderation.exceptions import CaseDecided, InvalidDecision, OwnContent
from moderation.models import Case, Decision, Notice
from moderation.signals import case_resolved
from moderation.tests import factories
from moderation.tests.factories import REPLY_ID, finding, open_reply_case, open_review_case

TAKE_DOWN = {"outcome": "take_down", "policy_code": "VIOLENCE-01", "reason": "A threat to a real person."}
SPARE = {"outcome": "no_action", "policy_code": "VIOLENCE-01", "reason": "A duel in a story."}


def assert_untouched(case: Case, thing: factories.Thing) -> None:
    case.refresh_from_db()
    assert (case.status, case.fence, thing.effects) == ("open", 0, [])
    assert not Decision.objects.exists()
    assert not Notice.objects.filter(kind="decision").exists()


def test_taking_down_takes_the_thing_down_once(moderator):
    case, thing = open_reply_case()

    decision = services.decide_case(moderator, case, **TAKE_DOWN)

    assert thing.effects == ["take_down"]
    assert (case.status, case.fence) == ("decided", 1)
    assert (decision.outcome, decision.policy_code, decision.policy_version) == (
        "take_down",
        "VIOLENCE-01",
        "2026-11-1",
    )
    assert decision.snapshot.evidence["parts"] == {"text": "Ouch, that hurt."}


@pytest.mark.parametrize(("outcome", "effect"), [("approve", "approve"), ("reject", "reject: Add an age.")])
def test_a_review_ends_in_the_park_or_at_the_desk_of_its_maker(moderator, outcome, effect):
    case, thing = open_review_case()

    services.decide_case(moderator, case, outcome=outcome, policy_code="REVIEW-01", reason="Add an age.")

    assert thing.effects == [effect]


def test_no_action_puts_back_what_nothing_else_keeps_down(moderator):
    case, thing = open_reply_case()

    services.decide_case(moderator, case, **SPARE)

    assert thing.effects == ["restore"]


def test_no_action_leaves_down_what_another_decision_took_down(moderator):
    case, thing = open_reply_case()
    services.decide_case(moderator, case, **TAKE_DOWN)
    again = services.open_case("reply", REPLY_ID, findings=[finding(span=(1, 2))], source="report")

    services.decide_case(moderator, again, **SPARE)

    assert thing.effects == ["take_down"]


def test_of_two_moderators_one_wins_and_the_other_changes_nothing(moderator, second_moderator):
    case, thing = open_reply_case()
    theirs = Case.objects.get(pk=case.pk)
    services.decide_case(moderator, case, **TAKE_DOWN)

    with pytest.raises(CaseDecided) as refused:
        services.decide_case(second_moderator, theirs, **SPARE)

    assert (refused.value.status, refused.value.extra) == (409, {"outcome": "take_down", "policy_code": "VIOLENCE-01"})
    assert thing.effects == ["take_down"]
    assert Decision.objects.get().moderator == moderator


def test_a_decision_on_an_older_state_is_refused(moderator):
    case, thing = open_reply_case()

    with pytest.raises(CaseDecided):
        services.decide_case(moderator, case, **TAKE_DOWN, fence=7)

    assert_untouched(case, thing)


@pytest.mark.parametrize("part", ["owner", "audience", "reporter"])
def test_nobody_decides_on_what_is_theirs(moderator, part):
    fields = {"owner": {"owner": moderator}, "audience": {"audience": [moderator]}, "reporter": {}}[part]
    case, thing = open_reply_case(**fields)
    if part == "reporter":
        services.attach_report(moderator, "reply", REPLY_ID, policy_hint="VIOLENCE-01")

    with pytest.raises(OwnContent):
        services.decide_case(moderator, case, **TAKE_DOWN)

    assert_untouched(case, thing)


@pytest.mark.parametrize(
    ("field", "value"),
    [("policy_code", "NONSENSE-99"), ("outcome", "approve"), ("outcome", "fly"), ("reason", "  ")],
)
def test_a_decision_needs_a_fitting_policy_outcome_and_reason(moderator, field, value):
    case, thing = open_reply_case()

    with pytest.raises(InvalidDecision) as refused:
        services.decide_case(moderator, case, **{**TAKE_DOWN, field: value})

    assert refused.value.field == field
    assert_untouched(case, thing)


def test_sending_back_belongs_to_reviews_only(moderator):
    case, thing = open_reply_case()

    with pytest.raises(InvalidDecision):
        services.decide_case(moderator, case, **{**TAKE_DOWN, "outcome": "reject"})

    assert_untouched(case, thing)


def test_who_is_no_moderator_finds_no_desk(fan):
    case, thing = open_reply_case()

    with pytest.raises(NotFound):
        services.decide_case(fan, case, **TAKE_DOWN)

    assert_untouched(case, thing)


def test_what_is_gone_can_still_be_decided_on_its_evidence(moderator):
    case, thing = open_reply_case()
    factories.SHELF.clear()

    decision = services.decide_case(moderator, case, **TAKE_DOWN)

    assert thing.effects == []
    assert decision.snapshot.evidence["parts"] == {"text": "Ouch, that hurt."}


def test_an_effect_that_fails_leaves_everything_as_it_was(moderator, monkeypatch):
    case, thing = open_reply_case()

    def refuse(self):
        raise DatabaseError

    monkeypatch.setattr(factories.FakeReply, "take_down", refuse)
    with pytest.raises(DatabaseError):
        services.decide_case(moderator, case, **TAKE_DOWN)

    assert_untouched(case, thing)


def test_the_decision_is_announced_after_the_commit(moderator, django_capture_on_commit_callbacks):
    case, _ = open_reply_case()
    heard = []

    def listen(sender, **announced):
        heard.append((sender, announced["case"].pk, announced["decision"].outcome))

    case_resolved.connect(listen)
    with django_capture_on_commit_callbacks(execute=True):
        services.decide_case(moderator, case, **TAKE_DOWN)
        assert heard == []
    case_resolved.disconnect(listen)

    assert heard == [(Case, case.pk, "take_down")]


@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_database_refuses_to_change_a_decision(moderator, change):
    case, _ = open_reply_case()
    services.decide_case(moderator, case, **TAKE_DOWN)
    rows = Decision.objects.all()

    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(reason="Other.") if change == "update" else rows.delete()

    assert Decision.objects.get().reason == TAKE_DOWN["reason"]
