"""Reports, notices and the queue as JSON."""

from __future__ import annotations

import pytest

from moderation import services
from moderation.models import Case
from moderation.tests.factories import REPLY_ID, open_reply_case, put

URL = "/api/v1/"


def report(client, **changes):
    body = {"subject_kind": "reply", "subject_id": REPLY_ID, "policy": "VIOLENCE-01", "text": "He frightened me."}
    return client.post(f"{URL}reports/", body | changes, content_type="application/json")


def test_a_report_arrives_and_tells_nothing_of_the_case(fan_client, fan):
    put("reply", REPLY_ID, "Ouch.")

    answer = report(fan_client)

    assert answer.status_code == 201
    assert list(answer.json()) == ["received_at"]
    assert Case.objects.get().reports.get().reporter == fan


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"subject_id": "01900000-0000-7000-8000-00000000ffff"}, 404, "subject_unknown"),
        ({"subject_id": "not an id"}, 422, "invalid"),
        ({"subject_kind": "planet"}, 422, "invalid"),
        ({"text": "x" * 1001}, 422, "invalid"),
    ],
)
def test_a_wrong_report_is_a_problem_and_no_case(fan_client, changes, status, code):
    put("reply", REPLY_ID, "Ouch.")

    answer = report(fan_client, **changes)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Case.objects.exists()


def test_what_one_may_not_see_cannot_be_reported(fan, stranger_client):
    put("reply", REPLY_ID, "Between us.", seen_by=[fan])

    assert report(stranger_client).status_code == 404
    assert not Case.objects.exists()


def test_nobody_reports_without_a_name(client, db):
    put("reply", REPLY_ID, "Ouch.")

    assert report(client).status_code in {401, 403}
    assert not Case.objects.exists()


def test_one_reads_ones_own_notices_only(moderator, creator, creator_client, stranger_client):
    case, _ = open_reply_case(owner=creator)
    services.decide_case(moderator, case, outcome="take_down", policy_code="VIOLENCE-01", reason="He threatens her.")

    [notice] = creator_client.get(f"{URL}notices/").json()["results"]

    assert (notice["kind"], notice["role"], notice["policy_code"]) == ("decision", "owner", "VIOLENCE-01")
    assert "He threatens her." in notice["body"]
    assert stranger_client.get(f"{URL}notices/").json()["results"] == []


def test_the_queue_is_the_moderators(moderator_client, fan_client):
    case, _ = open_reply_case()

    [row] = moderator_client.get(f"{URL}cases/").json()["results"]
    refused = fan_client.get(f"{URL}cases/")

    assert row["public_id"] == str(case.public_id)
    assert row["findings"][0]["rule"] == "test.rule"
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
