"""Cases: opened once, joined by reports, with evidence that nobody can change."""

from __future__ import annotations

import time

import pytest
from django.db import DatabaseError, transaction

from companion_site.core.exceptions import TooManyRequests
from moderation import services
from moderation.exceptions import SubjectUnknown
from moderation.findings import Category, Severity
from moderation.models import Case, Notice, Report, Snapshot
from moderation.services.cases import REPORTS_AN_HOUR
from moderation.tests.factories import REPLY_ID, finding, open_reply_case, put


def test_the_same_findings_open_one_case(db):
    open_reply_case()
    open_reply_case()

    case = Case.objects.get()
    assert len(case.findings) == 1
    assert case.snapshots.count() == 1
    assert (case.title, case.policy_hint, case.severity) == ("The reply", "VIOLENCE-01", 4)


def test_two_families_are_two_cases(db):
    open_reply_case()

    services.open_case("reply", REPLY_ID, findings=[finding(Category.OOC, Severity.MEDIUM)], source="auto")

    assert set(Case.objects.values_list("family", flat=True)) == {"safety", "character"}


def test_a_graver_finding_raises_the_case_and_brings_it_forward(db):
    case, _ = open_reply_case()
    due = case.sla_due_at

    services.open_case("reply", REPLY_ID, findings=[finding(Category.MINORS, Severity.CRITICAL)], source="auto")

    case.refresh_from_db()
    assert (case.severity, case.policy_hint, len(case.findings)) == (5, "SEX-MINOR-01", 2)
    assert case.sla_due_at < due


def test_a_lighter_finding_joins_and_changes_nothing_else(db):
    case, _ = open_reply_case()
    due = case.sla_due_at

    services.open_case("reply", REPLY_ID, findings=[finding(Category.CONTACT, Severity.MEDIUM)], source="auto")

    case.refresh_from_db()
    assert (case.severity, case.policy_hint, case.sla_due_at, len(case.findings)) == (4, "VIOLENCE-01", due, 2)


def test_reports_of_several_readers_join_one_case(db, fan, stranger):
    put("reply", REPLY_ID, "Ouch.")

    services.attach_report(fan, "reply", REPLY_ID, policy_hint="VIOLENCE-01", text="He frightened me.")
    services.attach_report(stranger, "reply", REPLY_ID, policy_hint="HATE-01", text="Me too.")

    case = Case.objects.get()
    assert case.source == "report"
    assert set(case.reports.values_list("reporter__display_name", "policy_hint")) == {
        ("Fan", "VIOLENCE-01"),
        ("Stranger", "HATE-01"),
    }


def test_a_second_report_of_the_same_reader_is_merged_and_one_receipt_given(db, fan):
    put("reply", REPLY_ID, "Ouch.")

    services.attach_report(fan, "reply", REPLY_ID, policy_hint="VIOLENCE-01", text="First.")
    services.attach_report(fan, "reply", REPLY_ID, policy_hint="VIOLENCE-01", text="Second.")
    services.attach_report(fan, "reply", REPLY_ID, policy_hint="VIOLENCE-01", text="Second.")

    report = Report.objects.get()
    assert (report.times, report.text) == (3, "First.\nSecond.")
    assert Notice.objects.filter(user=fan, kind="receipt").count() == 1


def test_an_unknown_policy_in_a_report_becomes_other(db, fan):
    put("reply", REPLY_ID, "Ouch.")

    case = services.attach_report(fan, "reply", REPLY_ID, policy_hint="NONSENSE-99")

    assert (case.family, case.policy_hint) == ("other", "OTHER-01")


def test_what_one_may_not_see_cannot_be_reported(db, fan, stranger):
    put("reply", REPLY_ID, "Between us.", seen_by=[fan])

    with pytest.raises(SubjectUnknown):
        services.attach_report(stranger, "reply", REPLY_ID, policy_hint="OTHER-01")

    assert not Case.objects.exists()


def test_a_flood_of_reports_is_stopped(db, fan):
    put("reply", REPLY_ID, "Ouch.")
    for _ in range(REPORTS_AN_HOUR):
        services.attach_report(fan, "reply", REPLY_ID, policy_hint="OTHER-01")

    with pytest.raises(TooManyRequests):
        services.attach_report(fan, "reply", REPLY_ID, policy_hint="OTHER-01")

    assert Report.objects.get().times == REPORTS_AN_HOUR


def test_evidence_survives_an_edit_of_the_thing(db):
    case, thing = open_reply_case("The words that hurt.")

    thing.text = "Nothing happened here."

    first = case.snapshots.get().evidence
    assert first["parts"] == {"text": "The words that hurt."}
    assert first["context"] == [{"role": "fan", "name": "Fan", "text": "Are you there?"}]


def test_a_later_look_adds_a_snapshot_and_keeps_the_first(db):
    case, _ = open_reply_case("The words that hurt.")

    open_reply_case("Nothing happened here.")

    texts = [snapshot.evidence["parts"]["text"] for snapshot in case.snapshots.order_by("taken_at")]
    assert texts == ["The words that hurt.", "Nothing happened here."]


def test_the_database_refuses_to_change_evidence(db):
    open_reply_case()

    with pytest.raises(DatabaseError), transaction.atomic():
        Snapshot.objects.update(sha256="0")

    assert not Snapshot.objects.filter(sha256="0").exists()


def test_the_queue_goes_by_gravity_then_harm_reach_and_age(db):
    def case(number: int, severity: int, *, reach: int = 0, hours: float = 0) -> None:
        Case.objects.create(
            subject_kind="reply",
            subject_id=str(number),
            family="safety",
            source="auto",
            severity=severity,
            reach=reach,
            sla_due_at="2026-01-01T00:00:00Z",
            sla_seconds=3600,
            weight_root=services.cases.weight_root(severity, reach),
            opened_epoch=time.time() - hours * 3600,
        )

    case(1, 3)
    case(2, 5)
    case(3, 4)
    case(4, 3, reach=1000)
    case(5, 2, hours=40)

    assert list(Case.objects.by_urgency().values_list("subject_id", flat=True)) == ["2", "5", "4", "3", "1"]
