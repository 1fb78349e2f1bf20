"""When a server is left in peace, and who asks it again first: a clock, a breaker, and what calls tell it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion_site.providers.breaker import Breaker


def failing(breaker: Breaker, *times: float, reason: str = "server") -> None:
    for now in times:
        leave = breaker.admit(now)
        assert leave is not None
        breaker.fail(leave, now, reason)


def opened(at: float = 4.0) -> Breaker:
    breaker = Breaker()
    failing(breaker, *[at] * 5)
    return breaker


@pytest.mark.parametrize(
    ("_case", "times", "state"),
    [
        ("four failures", (0, 1, 2, 3), "closed"),
        ("five in thirty seconds", (0, 10, 20, 29, 30), "open"),
        ("five in thirty-one seconds", (0, 10, 20, 30, 31), "closed"),
        ("the first is long ago", (0, 40, 41, 42, 43), "closed"),
        ("the newest five count", (0, 40, 41, 42, 43, 44), "open"),
    ],
)
def test_five_failures_in_thirty_seconds_open_it(_case, times, state):
    breaker = Breaker()

    failing(breaker, *times)

    assert breaker.state == state


def test_a_success_in_between_begins_the_count_anew():
    breaker = Breaker()
    failing(breaker, 0, 1, 2, 3)

    breaker.succeed(breaker.admit(4))
    failing(breaker, 5, 6, 7, 8)

    assert breaker.state == "closed"


def test_an_open_breaker_lets_nobody_through_until_it_has_rested():
    breaker = opened(at=4.0)

    assert [breaker.admit(now) for now in (4.0, 9.0, 13.9)] == [None, None, None]
    assert breaker.admit(14.0).is_probe


def test_exactly_one_probe_is_sent():
    breaker = opened(at=4.0)

    found = [breaker.admit(20.0) for _ in range(50)]

    assert [leave.is_probe for leave in found if leave] == [True]
    assert breaker.state == "half_open"


def test_a_probe_that_succeeds_closes_it():
    breaker = opened(at=4.0)

    breaker.succeed(breaker.admit(20.0))

    assert (breaker.state, breaker.reason) == ("closed", "")
    assert not breaker.admit(20.0).is_probe


def test_a_probe_that_fails_doubles_the_rest_up_to_two_minutes():
    breaker, now, rests = opened(at=0.0), 0.0, []

    for _ in range(6):
        opened_at = now
        while not breaker.admits(now):
            now += 1.0
        rests.append(now - opened_at)
        breaker.fail(breaker.admit(now), now, "connect")

    assert rests == [10.0, 20.0, 40.0, 80.0, 120.0, 120.0]


def test_a_probe_that_is_given_up_leaves_its_place_to_the_next():
    breaker = opened(at=0.0)

    breaker.withdraw(breaker.admit(10.0))

    assert breaker.admit(10.0).is_probe


def test_a_probe_that_is_never_heard_of_again_does_not_close_the_door_for_ever():
    breaker = opened(at=0.0)
    breaker.admit(10.0)

    assert (breaker.admits(309.0), breaker.admits(310.0)) == (False, True)


def test_what_an_old_call_tells_changes_nothing():
    breaker = Breaker()
    old = [breaker.admit(0.0) for _ in range(7)]
    for leave in old[:5]:
        breaker.fail(leave, 1.0, "timeout")

    breaker.succeed(old[5])
    breaker.fail(old[6], 2.0, "connect")

    assert (breaker.state, breaker.reason, breaker.opened_at) == ("open", "timeout", 1.0)


@given(st.lists(st.tuples(st.sampled_from(["ask", "good", "bad", "gone"]), st.floats(0, 40)), max_size=60))
def test_there_is_never_more_than_one_probe_and_always_a_next_one(steps):
    breaker, now, probes, calls = Breaker(), 0.0, [], []
    for what, seconds in steps:
        now += seconds
        if what == "ask":
            leave = breaker.admit(now)
            if leave is not None:
                (probes if leave.is_probe else calls).append(leave)
        elif what == "good" and (calls or probes):
            breaker.succeed((probes or calls).pop())
        elif what == "bad" and (calls or probes):
            breaker.fail((probes or calls).pop(), now, "server")
        elif what == "gone" and probes:
            breaker.withdraw(probes.pop())
        assert len(probes) <= 1 or now >= 300.0

    assert breaker.admit(now + 1_000.0) is not None
