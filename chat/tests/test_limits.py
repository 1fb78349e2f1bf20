"""F33: what the model may cost, in estimated tokens: of one fan, of a character, of everybody."""

from __future__ import annotations

import json

import pytest
from django.core.exceptions import ImproperlyConfigured

from chat import limits
from chat.exceptions import BudgetSpent
from chat.models import Conversation
from chat.scenes import preset
from companion_site.core.exceptions import LimitsUnknown, TooManyRequests

pytestmark = pytest.mark.django_db

NOWHERE = {
    "default": {"BACKEND": "companion_site.core.buckets.RedisBuckets", "OPTIONS": {"url": "redis://127.0.0.1:1"}}
}


def cost_of(conversation, text: str = "") -> int:
    return 2_000 + len(text) // 2 + preset(conversation.scene).max_tokens


@pytest.mark.parametrize(
    ("_case", "prompt_tokens", "text", "max_tokens", "expected"),
    [
        ("a short message", 900, "你好吗", 300, 1201),
        ("the longest message", 900, "x" * 4000, 300, 3200),
        ("no new words: another swipe", 900, "", 300, 1200),
    ],
)
def test_a_turn_is_estimated_by_prompt_words_and_longest_reply(_case, prompt_tokens, text, max_tokens, expected):
    assert limits.estimate(prompt_tokens=prompt_tokens, text=text, max_tokens=max_tokens) == expected


def test_f33_one_account_gets_its_allowance_and_no_more(conversation, fan, settings):
    settings.CHAT_LIMITS = {"tokens_at_once": 3 * cost_of(conversation), "tokens_a_minute": 1}

    for _ in range(3):
        limits.spend(fan, conversation)
    with pytest.raises(TooManyRequests) as refused:
        limits.spend(fan, conversation)

    assert refused.value.extra["retry_after_seconds"] > 60


def test_a_prompt_that_was_measured_counts_as_it_was(conversation, fan, settings):
    settings.CHAT_LIMITS = {"tokens_at_once": 9_000, "tokens_a_minute": 1}
    vars(conversation)["head_prompt_tokens"] = 8_500

    limits.spend(fan, conversation, "x" * 20)

    with pytest.raises(TooManyRequests):
        limits.spend(fan, conversation)


def test_members_have_more(conversation, fan, settings):
    settings.CHAT_LIMITS = {"tokens_at_once": cost_of(conversation), "tokens_a_minute": 1, "member_factor": 2}
    fan.tier = "member"

    limits.spend(fan, conversation)
    limits.spend(fan, conversation)
    with pytest.raises(TooManyRequests):
        limits.spend(fan, conversation)


@pytest.mark.parametrize("limit", ["all_tokens_an_hour", "all_tokens_a_day", "character_tokens_an_hour"])
def test_f33_many_accounts_together_meet_the_operators_limit(conversation, fan, stranger, settings, limit):
    settings.CHAT_LIMITS = {limit: cost_of(conversation)}

    limits.spend(fan, conversation)
    with pytest.raises(BudgetSpent):
        limits.spend(stranger, conversation)


def test_what_the_operator_refuses_is_not_taken_from_the_fan(conversation, fan, settings):
    cost = cost_of(conversation)
    settings.CHAT_LIMITS = {"tokens_at_once": cost, "tokens_a_minute": 1, "all_tokens_a_day": 1}

    with pytest.raises(BudgetSpent):
        limits.spend(fan, conversation)

    settings.CHAT_LIMITS = {"tokens_at_once": cost, "tokens_a_minute": 1}
    limits.spend(fan, conversation)


def test_a_turn_whose_chat_is_not_known_yet_costs_an_ordinary_one(fan, settings):
    settings.CHAT_LIMITS = {"tokens_at_once": 2_000 + preset("").max_tokens, "tokens_a_minute": 1}

    limits.spend(fan)
    with pytest.raises(TooManyRequests):
        limits.spend(fan)


def test_where_nobody_can_count_nothing_is_spent(conversation, fan, settings):
    settings.RATE_BUCKETS = NOWHERE

    with pytest.raises(LimitsUnknown):
        limits.spend(fan, conversation)


def test_chats_begun_have_a_limit_of_their_own(fan, settings):
    settings.CHAT_LIMITS = {"chats_an_hour": 2}

    limits.begin_chat(fan)
    limits.begin_chat(fan)
    with pytest.raises(TooManyRequests):
        limits.begin_chat(fan)


@pytest.mark.parametrize("wrong", [{"unknown": 1}, {"streams": -1}, {"streams": "many"}, {"streams": True}])
def test_a_limit_nobody_knows_is_said_by_name(settings, wrong):
    settings.CHAT_LIMITS = wrong

    with pytest.raises(ImproperlyConfigured, match=next(iter(wrong))):
        limits.current()


def test_f33_an_account_that_floods_is_refused_over_page_and_api(fan_client, conversation, fan, settings, model):
    model(reply="Yes.")
    settings.CHAT_LIMITS = {"tokens_at_once": cost_of(conversation, "Hello."), "tokens_a_minute": 1}
    api = f"/api/v1/conversations/{conversation.public_id}/messages/"
    page = f"/chat/{conversation.public_id}/messages/"

    statuses = [
        fan_client.post(
            api,
            json.dumps({"text": "Hello.", "client_id": f"client-{n:04}"}),
            content_type="application/json",
        ).status_code
        for n in range(3)
    ]
    refused = fan_client.post(page, {"text": "Hello.", "client_id": "client-0009"}, headers={"HX-Request": "true"})

    assert statuses == [202, 429, 429]
    assert (refused.status_code, int(refused["Retry-After"]) > 1) == (429, True)
    assert conversation.messages.filter(role="fan").count() == 1


def test_a_prompt_that_was_long_once_costs_more_the_next_time(fan_client, conversation, model, settings):
    model(reply="Yes.")
    settings.CHAT_LIMITS = {"tokens_at_once": 6_000, "tokens_a_minute": 1}
    page = f"/chat/{conversation.public_id}/messages/"
    fan_client.post(page, {"text": "Hello.", "client_id": "client-0001"}, headers={"HX-Request": "true"})
    conversation.messages.filter(role="character", parent__isnull=False).update(prompt_tokens=7_000)

    refused = fan_client.post(page, {"text": "And?", "client_id": "client-0002"}, headers={"HX-Request": "true"})

    assert refused.status_code == 429
    assert conversation.messages.filter(role="fan").count() == 1


def test_f33_a_spent_budget_stores_nothing_and_lets_people_read(fan_client, conversation, settings, model):
    model(reply="Yes.")
    settings.CHAT_LIMITS = {"all_tokens_a_day": 1}

    refused = fan_client.post(
        f"/chat/{conversation.public_id}/messages/", {"text": "Hello.", "client_id": "client-0001"}
    )

    assert refused.status_code == 503
    assert refused["Retry-After"]
    assert Conversation.objects.get(pk=conversation.pk).turns_count == 0
    assert conversation.messages.filter(role="fan").count() == 0
    assert fan_client.get(f"/chat/{conversation.public_id}/").status_code == 200


def test_f33_chats_begun_by_the_thousand_are_refused(fan_client, fan, mira, settings):
    settings.CHAT_LIMITS = {"chats_an_hour": 3}

    statuses = [
        fan_client.post(
            "/api/v1/conversations/",
            json.dumps({"character": mira.slug, "afresh": True}),
            content_type="application/json",
        ).status_code
        for _ in range(5)
    ]

    assert statuses == [201, 201, 201, 429, 429]
    assert Conversation.objects.owned_by(fan).count() == 3
