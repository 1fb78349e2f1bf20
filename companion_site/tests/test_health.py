"""What a process says of itself: to everybody that it lives, to its operator how busy it is."""

from __future__ import annotations

import pytest
from django.test import Client

from chat.gate import gate
from companion_site.core import ratelimit
from companion_site.core.exceptions import LimitsUnknown, TooManyRequests

pytestmark = pytest.mark.django_db

ELSEWHERE = {"REMOTE_ADDR": "203.0.113.7"}
NO_REDIS = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1"}}


@pytest.fixture(autouse=True)
def _fresh_gate():
    gate.__init__()
    yield
    gate.__init__()


def test_a_stranger_learns_that_it_lives_and_no_more(client, fan_client):
    assert client.get("/healthz", **ELSEWHERE).json() == {"status": "ok"}
    assert fan_client.get("/healthz", **ELSEWHERE).json() == {"status": "ok"}


def test_the_operator_learns_how_busy_it_is(fan, fan_client):
    fan.is_staff = True
    fan.save(update_fields=["is_staff"])

    found = fan_client.get("/healthz", **ELSEWHERE).json()

    assert found == Client().get("/healthz").json()
    assert found["status"] == "ok"
    assert found["replies"] == {
        "running": 0,
        "waiting": 0,
        "cap": gate.load.cap,
        "readers": 0,
        "cpu_us_per_token": 0,
        "cpu_ms_per_turn": 0.0,
        "loop_lag_ms": 0.0,
        "first_word_ms": 0,
    }


def test_a_process_about_to_end_sends_the_load_balancer_elsewhere(client):
    assert client.get("/readyz").status_code == 200

    gate.close()

    answer = client.get("/readyz")
    assert (answer.status_code, answer["Retry-After"]) == (503, "3")
    assert client.get("/healthz").json()["status"] == "closing"


def test_uses_are_counted_by_the_window():
    for _ in range(2):
        ratelimit.hit("test", 7, limit=2, window_seconds=3600)

    with pytest.raises(TooManyRequests):
        ratelimit.hit("test", 7, limit=2, window_seconds=3600)
    ratelimit.hit("test", 8, limit=2, window_seconds=3600)


def test_f4_what_has_a_limit_is_refused_while_it_cannot_be_counted(settings):
    settings.CACHES = NO_REDIS

    with pytest.raises(LimitsUnknown):
        ratelimit.hit("test", 7, limit=2, window_seconds=3600)
