"""Allowances that refill: on one machine in its cache, on several in Redis, by the same rules."""

from __future__ import annotations

import threading
import uuid

import pytest
import time_machine
from redis import Redis

from companion_site.core.buckets import Bucket, LocalBuckets, RedisBuckets, Short, refilled, seconds_until
from companion_site.core.exceptions import LimitsUnknown
from companion_site.tests.services import redis_url

MINUTE = Bucket("minute", 100, 10)


@pytest.fixture(params=["local", pytest.param("redis", marks=pytest.mark.redis)])
def buckets(request):
    if request.param == "local":
        yield LocalBuckets()
        return
    prefix = f"test:{uuid.uuid4().hex}:"
    yield RedisBuckets(redis_url(), prefix)
    with Redis.from_url(redis_url()) as redis:
        redis.delete(*redis.keys(f"{prefix}*") or ["none"])


@pytest.mark.parametrize(
    ("_case", "level", "seconds", "expected"),
    [
        ("nothing flows in no time", 20, 0, 20),
        ("ten a second", 20, 3, 50),
        ("no more than it holds", 20, 3600, 100),
        ("a clock that went back fills nothing", 20, -50, 20),
    ],
)
def test_a_bucket_refills_steadily(_case, level, seconds, expected):
    assert refilled(level, seconds, MINUTE) == expected


@pytest.mark.parametrize(
    ("_case", "cost", "level", "expected"),
    [
        ("a little is missing", 30, 25, 1),
        ("much is missing", 100, 0, 10),
        ("more than it ever holds: until it is full", 500, 0, 10),
    ],
)
def test_when_there_is_enough_again_can_be_told(_case, cost, level, expected):
    assert seconds_until(cost, level, MINUTE) == expected


def test_a_bucket_never_refilled_is_said_to_take_an_hour():
    assert seconds_until(5, 0, Bucket("once", 10, 0)) == 3600


def test_it_pays_until_it_is_empty_and_says_when_it_will_pay_again(buckets):
    slow = Bucket("slow", 100, 0.001)

    answers = [buckets.take([slow], 40) for _ in range(3)]

    assert answers[:2] == [None, None]
    assert answers[2] == Short("slow", 20_000) or answers[2].seconds in range(19_990, 20_001)


def test_several_pay_together_or_not_at_all(buckets):
    wide, narrow = Bucket("wide", 100, 0.001), Bucket("narrow", 30, 0.001)

    refused = buckets.take([wide, narrow], 40)

    assert refused.name == "narrow"
    assert buckets.take([wide], 100) is None
    assert buckets.take([narrow], 30) is None


def test_it_refills_with_time():
    buckets = LocalBuckets()
    with time_machine.travel(1_760_000_000, tick=False) as clock:
        assert buckets.take([MINUTE], 100) is None
        assert buckets.take([MINUTE], 50) == Short("minute", 5)
        clock.shift(5)
        assert buckets.take([MINUTE], 50) is None
        assert buckets.take([MINUTE], 1) == Short("minute", 1)


def test_twenty_who_take_at_once_take_no_more_than_there_is(buckets):
    slow = Bucket("slow", 100, 0.0001)
    answers: list[Short | None] = []
    takers = [threading.Thread(target=lambda: answers.append(buckets.take([slow], 10))) for _ in range(20)]

    for taker in takers:
        taker.start()
    for taker in takers:
        taker.join()

    assert len([answer for answer in answers if answer is None]) == 10


def test_a_lost_server_refuses_rather_than_gives_away():
    nowhere = RedisBuckets("redis://127.0.0.1:1/0")

    with pytest.raises(LimitsUnknown) as refused:
        nowhere.take([MINUTE], 1)

    assert refused.value.extra["retry_after_seconds"] == 5
