"""The desk as moderators use it, and as nobody else ever sees it."""

from __future__ import annotations

import pytest
from django.urls import reverse

from moderation import services
from moderation.models import Case, Decision
from moderation.tests import factories
from moderation.tests.factories import REPLY_ID, open_reply_case, open_review_case, put


def page_of(case: Case) -> str:
    return reverse("moderation:case", args=[case.public_id])


def decision(case: Case, **changes: object) -> dict[str, object]:
    told = {"outcome": "take_down", "policy_code": "VIOLENCE-01", "reason": "A threat.", "fence": case.fence}
    return told | changes


@pytest.mark.parametrize("actor", ["client", "fan_client", "creator_client", "trainer_client"])
def test_the_desk_does_not_exist_for_others(request, db, actor):
    case, thing = open_reply_case()
    visitor = request.getfixturevalue(actor)

    codes = {
        visitor.get("/desk/").status_code,
        visitor.get(page_of(case)).status_code,
        visitor.post(page_of(case), decision(case)).status_code,
    }

    assert codes == {404}
    assert (thing.effects, Decision.objects.count()) == ([], 0)


def test_the_queue_shows_the_gravest_first(moderator_client):
    open_review_case()
    grave, _ = open_reply_case()
    put("message", factories.MESSAGE_ID, "I want to kill myself tonight")
    [crisis] = services.audit("message", factories.MESSAGE_ID)

    page = moderator_client.get("/desk/")

    assert [case.source for case in page.context["page"]] == ["crisis", "auto", "review"]
    html = page.content.decode()
    assert html.index(page_of(crisis)) < html.index(page_of(grave))
    assert "Violence and threats" in html


@pytest.mark.parametrize(
    ("query", "expected"),
    [("?source=review", ["review"]), ("?severity=4", ["auto"]), ("?severity=9&source=x", ["auto", "review"])],
)
def test_the_queue_is_filtered_and_odd_filters_left_out(moderator_client, query, expected):
    open_review_case()
    open_reply_case()

    page = moderator_client.get(f"/desk/{query}")

    assert [case.source for case in page.context["page"]] == expected


def test_the_queue_costs_the_same_however_long_it_is(moderator_client, django_assert_max_num_queries):
    for number in range(12):
        public_id = f"{REPLY_ID[:-2]}{number:02}"
        put("reply", public_id, "Ouch.")
        services.open_case("reply", public_id, findings=[factories.finding()], source="auto")

    with django_assert_max_num_queries(10):
        moderator_client.get("/desk/")


def test_an_empty_desk_says_so(moderator_client):
    assert "The desk is clear" in moderator_client.get("/desk/").content.decode()


def test_the_case_marks_what_was_seen_in_frozen_evidence(moderator_client, fan):
    thing = put("reply", REPLY_ID, "Sit. As an AI language model, I <b>cannot</b> feel.")
    [case] = services.audit("reply", REPLY_ID)
    services.attach_report(fan, "reply", REPLY_ID, policy_hint="OOC-01", text="He is not himself.")
    thing.text = "Nothing here."

    html = moderator_client.get(page_of(case)).content.decode()

    assert html.count('<mark class="desk__mark"') >= 1
    assert 'title="Out of character: speaks as an AI' in html
    assert ">As an </mark>" in html
    assert ">AI</mark>" in html  # where two findings overlap
    assert "&lt;b&gt;cannot" in html
    assert "Are you there?" in html
    assert "He is not himself." in html


def test_a_thing_that_is_gone_leaves_its_evidence(moderator_client):
    case, _ = open_reply_case("The words that hurt.")
    factories.SHELF.clear()

    html = moderator_client.get(page_of(case)).content.decode()

    assert "The thing itself is gone." in html
    assert "hurt." in html


def test_a_decision_takes_effect_and_leads_to_the_next_case(moderator_client):
    case, thing = open_reply_case()
    following, _ = open_review_case()

    answer = moderator_client.post(page_of(case), decision(case))

    assert (answer.status_code, answer.url) == (302, page_of(following))
    assert thing.effects == ["take_down"]
    last = moderator_client.post(
        page_of(following), decision(following, outcome="approve", policy_code="REVIEW-01", reason="Lovely.")
    )
    assert last.url == "/desk/"


@pytest.mark.parametrize(
    ("field", "value"), [("reason", "  "), ("outcome", ""), ("outcome", "approve"), ("policy_code", "NONSENSE-99")]
)
def test_what_is_missing_is_said_at_its_field(moderator_client, field, value):
    case, thing = open_reply_case()

    answer = moderator_client.post(page_of(case), decision(case, **{field: value}))

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert (thing.effects, Decision.objects.count()) == ([], 0)


def test_an_outcome_that_this_policy_does_not_allow_is_said_at_its_field(moderator_client):
    case, thing = open_reply_case()
    services.open_case("reply", REPLY_ID, findings=[], source="auto", note="")

    answer = moderator_client.post(page_of(case), decision(case, policy_code="OTHER-01", outcome="acknowledge_crisis"))

    assert answer.status_code == 422
    assert "outcome" in answer.context["form"].errors
    assert thing.effects == []


def test_ones_own_case_is_refused_with_its_reason(moderator, moderator_client):
    case, thing = open_reply_case(owner=moderator)

    answer = moderator_client.post(page_of(case), decision(case))

    assert answer.status_code == 422
    assert "another moderator decides it" in answer.content.decode()
    assert thing.effects == []


def test_the_slower_of_two_moderators_reads_a_conflict(moderator_client, second_moderator):
    case, thing = open_reply_case()
    services.open_case("reply", REPLY_ID, findings=[], source="auto")

    answer = moderator_client.post(page_of(case), decision(case, fence=case.fence + 1))

    assert answer.status_code == 409
    assert thing.effects == []


def test_a_decided_case_shows_its_decision_and_no_form(moderator, moderator_client):
    case, thing = open_reply_case()
    services.decide_case(moderator, case, outcome="take_down", policy_code="VIOLENCE-01", reason="A threat.")

    page = moderator_client.post(page_of(case), decision(case, outcome="no_action"))

    assert page.status_code == 200
    assert "A threat." in page.content.decode()
    assert "<desk-case" not in page.content.decode()
    assert thing.effects == ["take_down"]
