"""How many replies a process may write, and who comes next: pure decisions."""

from __future__ import annotations

import pytest

from chat.admission import Bounds, Line, Load, Sample, measured, refusal, unmeasured

BOUNDS = Bounds(share=0.8, floor=4, ceiling=200, lag_seconds=0.15, first_word_seconds=8)


def after(seconds: int, *, load: Load | None = None, **sample) -> Load:
    """Return the load after so many seconds that all look the same."""
    found = load or unmeasured(BOUNDS)
    for _ in range(seconds):
        found = measured(found, Sample(**sample), BOUNDS)
    return found


def test_a_fresh_process_starts_from_a_modest_guess():
    assert unmeasured(BOUNDS).cap == 200
    assert unmeasured(Bounds(share=0.8, ceiling=1000)).cap == 200
    assert unmeasured(Bounds(ceiling=3)).cap == 3


@pytest.mark.parametrize(
    ("_case", "cpu_seconds", "reply_seconds", "expected"),
    [
        ("cheap replies: the operator's ceiling", 0.1, 50, 200),
        ("40 replies at 20 ms a second each: 0.8 / 0.02", 0.8, 40, 40),
        ("dear replies", 0.9, 18, 16),
        ("dear by the second, but the process has time left", 0.06, 1, 200),
        ("so dear that the floor holds", 0.9, 2, 4),
    ],
)
def test_the_cap_is_the_share_of_a_core_divided_by_the_cost(_case, cpu_seconds, reply_seconds, expected):
    load = after(60, cpu_seconds=cpu_seconds, reply_seconds=reply_seconds)

    assert load.cap == expected


@pytest.mark.parametrize(
    ("_case", "late"),
    [
        ("the event loop runs late", {"lag_seconds": 0.5}),
        ("the model has a queue of its own", {"first_word_seconds": 60.0}),
    ],
)
def test_late_words_shrink_the_cap_step_by_step_to_the_floor(_case, late):
    busy = {"cpu_seconds": 0.1, "reply_seconds": 50, **late}

    caps = [after(seconds, **busy).cap for seconds in (1, 2, 40)]

    assert caps == [160, 128, 4]


def test_a_cap_that_was_too_small_finds_its_way_up():
    narrow = after(40, cpu_seconds=0.1, reply_seconds=50, lag_seconds=0.5)

    wider = [after(n, load=narrow, cpu_seconds=0.02, reply_seconds=narrow.cap).cap for n in (1, 2, 12)]

    assert narrow.cap == 4
    # The lateness is forgotten by halves; then the cap doubles every second.
    assert wider == [4, 8, 200]


def test_costs_are_told_for_each_token_and_each_turn():
    load = after(200, cpu_seconds=0.3, reply_seconds=30, tokens=1500, turns=10)

    assert round(load.token_microseconds) == 200
    assert round(load.turn_milliseconds) == 30
    assert round(load.cost, 3) == 0.01
    assert unmeasured(BOUNDS).token_microseconds == 0


def line(*turns: tuple[str, int]) -> Line:
    found = Line()
    for key, fan_id in turns:
        found.join(key, fan_id)
    return found


def test_first_come_first_served():
    queue = line(("a", 1), ("b", 2), ("c", 3))

    assert queue.call(2, each=2) == ["a", "b"]
    assert queue.positions() == {"c": 1}
    queue.leave("a")
    assert queue.call(2, each=2) == ["c"]


def test_one_fan_does_not_take_the_places_of_others():
    queue = line(("a1", 1), ("a2", 1), ("a3", 1), ("b1", 2))

    assert queue.call(4, each=2) == ["a1", "a2", "b1"]
    assert queue.positions() == {"a3": 1}
    queue.leave("a2")
    assert queue.call(4, each=2) == ["a3"]


def test_who_leaves_while_waiting_lets_the_others_move_up():
    queue = line(("a", 1), ("b", 2), ("c", 3), ("d", 4))
    queue.call(1, each=2)

    queue.leave("b")

    assert queue.positions() == {"c": 1, "d": 2}
    assert (len(queue), queue.of(4), queue.of(2)) == (3, 1, 0)


@pytest.mark.parametrize(
    ("_case", "total", "yours", "expected"),
    [
        ("there is room", 9, 3, None),
        ("not even the queue has room", 10, 0, "full"),
        ("the fan has as many as one may", 4, 4, "yours"),
        ("both: the fan can do something about it", 10, 4, "yours"),
    ],
)
def test_who_cannot_even_wait_is_told_why(_case, total, yours, expected):
    assert refusal(total=total, yours=yours, room=10, each=4) == expected
