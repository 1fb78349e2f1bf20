"""Who is told what, in which language, and who is left in peace."""

from __future__ import annotations

import pytest

from moderation import services
from moderation.models import Notice
from moderation.tests.factories import MESSAGE_ID, REPLY_ID, open_reply_case, open_review_case, put

TAKE_DOWN = {"outcome": "take_down", "policy_code": "VIOLENCE-01", "reason": "He threatens her."}


def told(user) -> list[Notice]:
    return list(Notice.objects.filter(user=user, kind="decision"))


def test_everybody_concerned_reads_the_reason_in_their_own_language(moderator, creator, fan, stranger):
    creator.language = "zh-hans"
    creator.save(update_fields=["language"])
    case, _ = open_reply_case(owner=creator, audience=[fan])
    services.attach_report(stranger, "reply", REPLY_ID, policy_hint="VIOLENCE-01")

    services.decide_case(moderator, case, **TAKE_DOWN)

    [owner], [audience], [reporter] = told(creator), told(fan), told(stranger)
    assert [n.role for n in (owner, audience, reporter)] == ["owner", "audience", "reporter"]
    assert "暴力与威胁" in owner.body
    assert "Violence and threats" in audience.body
    assert audience.title == "A line in your chat was withdrawn: “The reply”"
    assert reporter.title == "Your report about “The reply” was decided"
    assert all("He threatens her." in n.body for n in (owner, audience, reporter))
    assert {n.policy_code for n in (owner, audience, reporter)} == {"VIOLENCE-01"}
    assert owner.url == f"/things/{REPLY_ID}/"


def test_a_creator_reads_which_words_it_was_and_is_led_nowhere_closed(moderator, creator, fan):
    case, _ = open_reply_case("Ouch, that hurt.", owner=creator, audience=[fan], seen_by=[fan])

    services.decide_case(moderator, case, **TAKE_DOWN)

    [owner], [audience] = told(creator), told(fan)
    assert "The passage: “Ouch”" in owner.body
    assert "The passage" not in audience.body
    assert (owner.url, audience.url) == ("", f"/things/{REPLY_ID}/")


def test_a_groundless_report_is_told_to_the_reporter_alone(moderator, creator, fan, stranger):
    case, _ = open_reply_case(owner=creator, audience=[fan])
    services.attach_report(stranger, "reply", REPLY_ID, policy_hint="VIOLENCE-01")

    services.decide_case(moderator, case, outcome="no_action", policy_code="VIOLENCE-01", reason="A story.")

    assert (told(creator), told(fan)) == ([], [])
    assert "It stays." in told(stranger)[0].body


@pytest.mark.parametrize(
    ("outcome", "title"),
    [("approve", "“The character” is in the park"), ("reject", "“The character” needs another hand")],
)
def test_a_creator_reads_how_the_review_ended(moderator, creator, outcome, title):
    case, _ = open_review_case(owner=creator)

    services.decide_case(moderator, case, outcome=outcome, policy_code="REVIEW-01", reason="Lovely, but add an age.")

    [notice] = told(creator)
    assert notice.title == title
    assert "Lovely, but add an age." in notice.body


def test_despair_is_answered_with_kindness_and_no_policy_lecture(moderator, fan):
    put("message", MESSAGE_ID, "I don't want to live anymore", owner=fan)
    [case] = services.audit("message", MESSAGE_ID)

    services.decide_case(
        moderator, case, outcome="acknowledge_crisis", policy_code="CRISIS-01", reason="Card was shown."
    )

    [notice] = told(fan)
    assert notice.title == "Somebody has read what you wrote"
    assert "Nothing is held against you." in notice.body
    assert "Card was shown." not in notice.body


def test_one_person_in_two_roles_is_told_once(moderator, creator):
    case, _ = open_reply_case(owner=creator, audience=[creator])

    services.decide_case(moderator, case, **TAKE_DOWN)

    assert [n.role for n in told(creator)] == ["owner"]


def test_the_page_shows_ones_own_notices_and_marks_them_read(moderator, creator, creator_client, stranger_client):
    case, _ = open_reply_case(owner=creator)
    services.decide_case(moderator, case, **TAKE_DOWN)

    page = creator_client.get("/notices/")
    others = stranger_client.get("/notices/")

    assert "He threatens her." in page.content.decode()
    assert "He threatens her." not in others.content.decode()
    assert Notice.objects.filter(read_at=None).count() == 1
    assert stranger_client.post("/notices/read/").status_code == 302
    assert Notice.objects.filter(read_at=None).count() == 1
    assert creator_client.post("/notices/read/").url == "/notices/"
    assert Notice.objects.filter(read_at=None).count() == 0


def test_the_page_needs_somebody(client, db):
    assert client.get("/notices/").status_code == 302
