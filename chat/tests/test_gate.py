"""More turns than a process can write: a queue with places, everybody served in order, nobody twice."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import date

import pytest

from accounts.models import User
from chat import database, jobs, services
from chat.exceptions import ParkIsFull
from chat.gate import gate
from chat.models import Conversation, Message
from chat.tests.factories import on_a_loop, reload, say
from chat.tests.test_jobs import followed, stored
from companion_site.core.exceptions import TooManyRequests

pytestmark = pytest.mark.django_db

LONG = "One. Two. Three. Four. Five. Six. Seven. Eight."


@pytest.fixture(autouse=True)
def _as_in_production(settings):
    settings.CHAT_REPLY_EAGER = False
    settings.CHAT_CHECKPOINT_SECONDS = 0.05
    gate.__init__()
    yield
    jobs._jobs.clear()
    gate.__init__()


@pytest.fixture
def crowd(mira):
    """Make fans with a chat each: `crowd(30)`."""

    def make(count: int) -> list[Conversation]:
        guests = [
            User.objects.create_user(f"guest{number}@cardia.example", birth_on=date(1996, 5, 4), language="en")
            for number in range(count)
        ]
        return [services.start_conversation(guest, mira) for guest in guests]

    return make


def accepted(conversation, client_id: str = "client-0001"):
    """Store a message; return the turn that answers it."""
    sent = say(conversation, "Hello.", client_id)
    return services.open_turn(reload(conversation), sent.reply)


async def begin(conversation, client_id: str = "client-0001"):
    """Send a message as a view does; return the turn."""
    with jobs.admit(conversation.fan_id):
        turn = await database.run(accepted, conversation, client_id)
        await jobs.start(turn)
    return turn


async def ended(*turns) -> None:
    """Stop what still runs, and wait until it is stored."""
    for turn in turns:
        await jobs.stop_and_wait(turn.public_id)


def places(stream: str) -> list[int]:
    return [json.loads(data)["position"] for data in re.findall(r"event: queued\ndata: (.*)\n", stream)]


@on_a_loop
async def test_thirty_turns_on_three_places_are_all_served_in_order(crowd, model, settings):
    settings.CHAT_MAX_REPLIES = 3
    model(reply=LONG, delay_seconds=0.002)
    rooms = await database.run(crowd, 30)
    turns = [await database.run(accepted, room) for room in rooms]

    for turn in turns:
        await jobs.start(turn)
    streams = await asyncio.gather(*[followed(turn) for turn in turns])

    rows = [await stored(turn) for turn in turns]
    assert [(row.status, row.text) for row in rows] == [("complete", LONG)] * 30
    # In the order they came, but for the three that are written side by side.
    begun = [turn.public_id for turn in sorted(turns, key=lambda turn: turn.trace["began"])]
    assert [abs(begun.index(turn.public_id) - number) <= 3 for number, turn in enumerate(turns)] == [True] * 30
    # Each was told its place, and that it moved up; never that it moved back.
    told = [places(stream) for stream in streams]
    assert [mine[0] if mine else 0 for mine in told] == [0, 0, 0, *range(1, 28)]
    assert all(mine == sorted(mine, reverse=True) for mine in told)
    # The wait was in the queue, not at the model: who was let in heard the first word at once.
    first_words = sorted(turn.timings["model_first_token"] for turn in turns)
    assert first_words[15] < 2_000
    assert (gate.report().running, gate.report().waiting) == (0, 0)


@pytest.fixture(autouse=True)
def _clocked(settings):
    settings.CHAT_PIPELINE = ["chat.tests.stages.clock", *settings.CHAT_PIPELINE]


@on_a_loop
async def test_a_fan_has_two_replies_written_at_once_and_two_waiting(fan, mira, model, crowd):
    model(reply=LONG * 20, delay_seconds=0.02)
    rooms = [await database.run(lambda: services.start_conversation(fan, mira, afresh=True)) for _ in range(5)]

    turns = [await begin(room) for room in rooms[:4]]
    await asyncio.sleep(0)
    with pytest.raises(TooManyRequests):
        await begin(rooms[4])
    other = await begin((await database.run(crowd, 1))[0])
    await asyncio.sleep(0.05)

    assert (gate.report().running, gate.report().waiting) == (3, 2)
    assert await database.run(lambda: rooms[4].messages.filter(role="fan").count()) == 0
    await ended(*turns, other)


@on_a_loop
async def test_beyond_the_queue_a_turn_is_refused_before_it_is_stored(crowd, model, settings):
    settings.CHAT_MAX_REPLIES = 1
    settings.CHAT_LIMITS = {"waiting": 1}
    model(reply=LONG * 20, delay_seconds=0.02)
    rooms = await database.run(crowd, 3)

    turns = [await begin(room) for room in rooms[:2]]
    with pytest.raises(ParkIsFull) as refused:
        await begin(rooms[2])

    assert refused.value.extra["retry_after_seconds"] == 5
    assert await database.run(lambda: rooms[2].messages.filter(role="fan").count()) == 0
    await ended(*turns)


@on_a_loop
async def test_places_are_kept_for_turns_that_are_still_being_stored(crowd, settings, fan):
    settings.CHAT_MAX_REPLIES = 1
    settings.CHAT_LIMITS = {"waiting": 1}

    with jobs.admit(1), jobs.admit(2), pytest.raises(ParkIsFull):
        jobs.admit(3)

    jobs.admit(3)  # a refused or finished request gives its place back


@on_a_loop
async def test_who_waits_longer_than_one_may_is_told_and_can_try_again(crowd, model, settings):
    settings.CHAT_MAX_REPLIES = 1
    settings.CHAT_LIMITS = {"wait_seconds": 0.05}
    model(reply=LONG * 20, delay_seconds=0.02)
    first, second = [await begin(room) for room in await database.run(crowd, 2)]

    stream = await followed(second)

    reply = await stored(second)
    assert (reply.status, reply.error, reply.text) == ("failed", "park_is_full", "")
    assert '"code":"park_is_full"' in stream
    assert '"status":"failed"' in stream
    await ended(first)


@on_a_loop
async def test_a_turn_that_waits_is_kept_alive(crowd, model, settings):
    settings.CHAT_MAX_REPLIES = 1
    model(reply=LONG * 20, delay_seconds=0.02)
    first, second = [await begin(room) for room in await database.run(crowd, 2)]
    promised = (await stored(second)).heartbeat_at

    await asyncio.sleep(0.3)

    reply = await stored(second)
    assert reply.status == Message.Status.PENDING
    assert reply.heartbeat_at > promised
    assert await database.run(services.sweep_replies) == 0
    await ended(first, second)


@on_a_loop
async def test_a_process_about_to_end_takes_no_new_turns(crowd, model):
    model(reply=LONG, delay_seconds=0.005)
    first, second = await database.run(crowd, 2)
    turn = await begin(first)

    gate.close()
    with pytest.raises(ParkIsFull) as refused:
        await begin(second)
    await jobs.drain(seconds=5)

    assert refused.value.extra["retry_after_seconds"] == 3
    assert await database.run(lambda: second.messages.filter(role="fan").count()) == 0
    assert (await stored(turn)).status == "complete"


@pytest.mark.up
@on_a_loop
async def test_what_replies_cost_is_measured_while_they_run(crowd, model):
    model(reply=LONG * 4, delay_seconds=0.02)
    turn = await begin((await database.run(crowd, 1))[0])

    await followed(turn)

    load = gate.report().load
    assert load.turns > 0
    assert load.tokens > 0
    assert load.token_microseconds > 0
