"""Keys for programs: made once, shown once, good for what they say and for nothing else."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from rest_framework.authtoken.models import Token

from accounts import keys, services
from accounts.exceptions import AgeUnknown, InvalidKey, KeyScopeMissing, TooManyKeys
from accounts.models import ApiKey, User
from companion_site.core.exceptions import Invalid, TooManyRequests

BOTH = ["chat", "read"]
CHAT, READ = ApiKey.Scope.CHAT, ApiKey.Scope.READ


def made(user, **changes) -> keys.Made:
    return keys.create_key(user, **{"name": "SillyTavern", "scopes": BOTH, **changes})


def opened(secret: str, scope=CHAT) -> ApiKey:
    return keys.key_of(f"Bearer {secret}", scope=scope)


def test_a_key_is_random_and_only_its_digest_is_kept(fan):
    one, other = made(fan), made(fan)

    assert one.secret.startswith("cardia_")
    assert len(one.secret) == len("cardia_") + 43
    assert one.secret != other.secret
    row = json.dumps(ApiKey.objects.filter(pk=one.key.pk).values().get(), default=str)
    assert one.secret[len("cardia_") + 5 :] not in row
    assert (one.key.prefix, one.key.digest) == (one.secret[:12], keys.digest(one.secret))


def test_a_key_opens_in_its_owners_name(fan):
    key = opened(made(fan).secret)

    assert (key.user, key.name) == (fan, "SillyTavern")


@pytest.mark.parametrize(
    ("_case", "header"),
    [
        ("nothing", ""),
        ("no scheme", "cardia_abc"),
        ("another scheme", "Token cardia_abc"),
        ("a stranger's word", "Bearer sk-abc"),
        ("unknown", "Bearer cardia_" + "a" * 43),
        ("endless", "Bearer cardia_" + "a" * 100_000),
        ("not text", "Bearer cardia_\udce4"),
    ],
)
def test_what_is_no_key_opens_nothing(db, _case, header):
    with pytest.raises(InvalidKey):
        keys.key_of(header, scope=CHAT)


def test_a_key_ends_with_its_day_its_owner_or_when_it_is_revoked(fan, stranger):
    ended = made(fan, expires_at=timezone.now() + timedelta(days=1))
    revoked, kept = made(fan), made(fan)
    keys.revoke_key(stranger, kept.key)
    keys.revoke_key(fan, revoked.key)

    with time_machine.travel(timezone.now() + timedelta(days=1, seconds=1)), pytest.raises(InvalidKey):
        opened(ended.secret)
    with pytest.raises(InvalidKey):
        opened(revoked.secret)
    assert opened(kept.secret).name == "SillyTavern"
    User.objects.filter(pk=fan.pk).update(is_active=False)
    with pytest.raises(InvalidKey):
        opened(kept.secret)


def test_without_an_age_no_key_opens_anything(fan):
    secret = made(fan).secret
    User.objects.filter(pk=fan.pk).update(birth_on=None)

    with pytest.raises(AgeUnknown):
        opened(secret)

    assert ApiKey.objects.get().last_used_at is None


def test_a_key_does_what_it_was_made_for_and_no_more(fan):
    secret = made(fan, scopes=["read"]).secret

    with pytest.raises(KeyScopeMissing) as refused:
        opened(secret, CHAT)

    assert refused.value.extra == {"scope": "chat"}
    assert opened(secret, READ).scopes == ["read"]


def test_last_use_is_written_at_most_once_a_minute(fan, django_assert_num_queries):
    secret = made(fan).secret
    with time_machine.travel("2026-11-23T12:00:00Z", tick=False):
        opened(secret)
    with time_machine.travel("2026-11-23T12:00:59Z", tick=False), django_assert_num_queries(1):
        opened(secret)
    first = ApiKey.objects.get().last_used_at
    with time_machine.travel("2026-11-23T12:01:01Z", tick=False), django_assert_num_queries(2):
        opened(secret)

    assert first.isoformat() == "2026-11-23T12:00:00+00:00"
    assert ApiKey.objects.get().last_used_at.isoformat() == "2026-11-23T12:01:01+00:00"


@time_machine.travel("2026-11-23T12:00:10Z", tick=False)
def test_a_key_has_so_many_turns_a_minute_and_a_day(fan):
    hasty, busy = made(fan), made(fan)
    ApiKey.objects.filter(pk=hasty.key.pk).update(turns_per_minute=2)
    ApiKey.objects.filter(pk=busy.key.pk).update(turns_per_day=1)
    opened(hasty.secret)
    opened(hasty.secret)
    opened(busy.secret)

    with pytest.raises(TooManyRequests) as minute:
        opened(hasty.secret)
    with pytest.raises(TooManyRequests) as day:
        opened(busy.secret)

    assert minute.value.extra["retry_after_seconds"] == 50
    assert day.value.extra["retry_after_seconds"] == 12 * 3600 - 10
    opened(hasty.secret, READ)
    cache.clear()
    opened(hasty.secret)


@pytest.mark.parametrize(
    ("_case", "changes", "field"),
    [
        ("no name", {"name": " "}, "name"),
        ("a long name", {"name": "n" * 61}, "name"),
        ("a name that is no text", {"name": "a\0b"}, "name"),
        ("good for nothing", {"scopes": []}, "scopes"),
        ("good for what does not exist", {"scopes": ["chat", "wallet"]}, "scopes"),
        ("ended before it began", {"expires_at": timezone.now() - timedelta(days=1)}, "expires_at"),
    ],
)
def test_an_impossible_key_is_not_made(fan, _case, changes, field):
    with pytest.raises(Invalid) as refused:
        made(fan, **changes)

    assert refused.value.field == field
    assert ApiKey.objects.count() == 0


def test_an_account_has_twenty_live_keys_at_most(fan):
    first = made(fan).key
    for _number in range(keys.MOST - 1):
        made(fan)

    with pytest.raises(TooManyKeys):
        made(fan)

    assert ApiKey.objects.count() == keys.MOST
    keys.revoke_key(fan, first)
    made(fan)


def test_a_form_sent_twice_makes_one_key_and_the_last_answer_is_right(fan, stranger):
    ticket = uuid.uuid4()

    first, second = made(fan, ticket=ticket), made(fan, ticket=ticket)

    assert ApiKey.objects.get().pk == second.key.pk
    assert opened(second.secret).user == fan
    with pytest.raises(InvalidKey):
        opened(first.secret)
    with pytest.raises(Invalid):  # it has been used since
        made(fan, ticket=ticket)
    with pytest.raises(Invalid):
        made(stranger, ticket=ticket)
    assert ApiKey.objects.count() == 1


def test_closing_the_account_ends_its_keys_and_the_export_tells_no_secret(fan):
    key = made(fan)
    told = services.export_account(fan)["api_keys"]

    services.delete_account(fan)

    assert [row["prefix"] for row in told] == [key.secret[:12]]
    assert key.secret not in json.dumps(told)
    assert key.key.digest not in json.dumps(told)
    with pytest.raises(InvalidKey):
        opened(key.secret)
    assert ApiKey.objects.get().revoked_at is not None


def test_the_page_shows_a_key_once(fan, fan_client):
    page = fan_client.get("/settings/keys/")
    ticket = page.context["form"]["ticket"].value()

    answer = fan_client.post("/settings/keys/", {"name": "Laptop", "scopes": BOTH, "days": "90", "ticket": ticket})

    secret = answer.context["made"].secret
    assert f'value="{secret}"' in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert opened(secret).expires_at.date() == (timezone.now() + timedelta(days=90)).date()
    again = fan_client.get("/settings/keys/").content.decode()
    assert secret not in again
    assert f"{secret[:12]}…" in again


def test_the_page_names_what_is_wrong_and_makes_nothing(fan_client):
    answer = fan_client.post("/settings/keys/", {"name": "", "scopes": ["wallet"], "days": "7"})

    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"name", "scopes", "days"}
    assert ApiKey.objects.count() == 0


def test_a_key_is_revoked_by_its_owner_only(fan, fan_client, stranger_client):
    key = made(fan)

    foreign = stranger_client.post(f"/settings/keys/{key.key.public_id}/revoke/")
    page = stranger_client.get("/settings/keys/").content.decode()

    assert foreign.status_code == 404
    assert key.key.prefix not in page
    assert opened(key.secret)
    assert fan_client.post(f"/settings/keys/{key.key.public_id}/revoke/").status_code == 302
    with pytest.raises(InvalidKey):
        opened(key.secret)


def test_keys_over_the_api(fan, fan_client, stranger_client):
    answer = fan_client.post(
        "/api/v1/me/keys/", {"name": "Script", "scopes": ["chat"]}, content_type="application/json"
    )
    told = answer.json()
    path = f"/api/v1/me/keys/{told['public_id']}/"

    assert answer.status_code == 201
    assert opened(told["secret"]).name == "Script"
    listed = fan_client.get("/api/v1/me/keys/").json()["results"]
    assert [row["prefix"] for row in listed] == [told["secret"][:12]]
    assert told["secret"] not in json.dumps(listed)
    assert stranger_client.delete(path).status_code == 404
    assert fan_client.delete(path).status_code == 204
    with pytest.raises(InvalidKey):
        opened(told["secret"])


def test_neither_a_key_nor_a_token_makes_keys(fan):
    secret, token = made(fan).secret, Token.objects.create(user=fan)
    before = ApiKey.objects.count()

    for bearer in (f"Bearer {secret}", f"Token {token.key}", f"Token {secret}"):
        client = Client(headers={"authorization": bearer})
        for path in ("/api/v1/me/keys/", f"/api/v1/me/keys/{ApiKey.objects.get().public_id}/"):
            assert client.get(path).status_code in {401, 403, 405}
            assert client.post(path, {"name": "x", "scopes": ["chat"]}).status_code in {401, 403, 405}
            assert client.delete(path).status_code in {401, 403, 405}

    assert ApiKey.objects.count() == before
    assert ApiKey.objects.get().revoked_at is None


def test_a_key_opens_nothing_of_the_site(fan):
    client = Client(headers={"authorization": f"Bearer {made(fan).secret}"})

    assert client.get("/api/v1/me/").status_code == 401
    assert client.get("/settings/keys/").status_code == 302
    assert client.get("/wallet/").status_code == 302


def test_csrf_guards_the_making_of_keys(fan):
    client = Client(enforce_csrf_checks=True)
    client.force_login(fan)
    body = {"name": "Mine", "scopes": BOTH, "days": "90"}

    assert client.post("/settings/keys/", body).status_code == 403
    assert client.post("/api/v1/me/keys/", body, content_type="application/json").status_code == 403
    assert ApiKey.objects.count() == 0
