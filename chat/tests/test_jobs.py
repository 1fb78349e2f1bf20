"""Replies as tasks of the process: they outlive listeners, end when told to, and are kept once a second."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from chat import database, jobs, services, tailing
from chat.exceptions import ParkIsFull
from chat.gate import gate
from chat.models import Message
from chat.reply_log import reply_log
from chat.tests.factories import on_a_loop, reload, say

pytestmark = pytest.mark.django_db

LONG = "One. Two. Three. Four. Five. Six. Seven. Eight."


@pytest.fixture(autouse=True)
def _as_in_production(settings):
    settings.CHAT_REPLY_EAGER = False
    settings.CHAT_CHECKPOINT_SECONDS = 0.05
    yield
    jobs._jobs.clear()
    gate.__init__()


async def begin(conversation, text: str = "Hello.", client_id: str = "client-0001"):
    """Send a message and start the reply; return the reply's turn."""

    def accept():
        sent = say(conversation, text, client_id)
        return services.open_turn(reload(conversation), sent.reply)

    turn = await database.run(accept)
    await jobs.start(turn)
    return turn


async def stored(turn) -> Message:
    return await database.run(lambda: Message.objects.get(pk=turn.reply_id))


async def first_words(turn) -> None:
    """Wait until the reply has begun."""
    async with aclosing(tailing.frames(await stored(turn))) as frames:
        async for chunk in frames:
            if b"event: delta" in chunk:
                return


async def followed(turn, *, after: str = "") -> str:
    """Read the reply's stream to its end."""
    reply = await stored(turn)
    return b"".join([chunk async for chunk in tailing.frames(reply, after=after)]).decode()


@on_a_loop
async def test_a_reply_is_written_although_nobody_listens(conversation, model):
    model(reply=LONG, delay_seconds=0.005)

    turn = await begin(conversation)
    await jobs._jobs[turn.public_id].task

    reply = await stored(turn)
    assert (reply.text, reply.status) == (LONG, "complete")
    assert jobs.running() == 0


@on_a_loop
async def test_who_comes_late_reads_it_from_the_beginning(conversation, model):
    model(reply=LONG, delay_seconds=0.005)
    turn = await begin(conversation)
    await jobs._jobs[turn.public_id].task

    stream = await followed(turn)

    assert stream.startswith("id: 1-1\nevent: start\n")
    assert f'event: done\ndata: {{"status":"complete","text":"{LONG}"}}' in stream


@on_a_loop
async def test_two_tabs_read_the_same_and_one_that_left_reads_on(conversation, model):
    model(reply=LONG, delay_seconds=0.01)
    turn = await begin(conversation)
    reply = await stored(turn)
    first = tailing.frames(reply)
    seen = [await anext(first) for _ in range(3)]
    await first.aclose()
    last_id = b"".join(seen).decode().rsplit("id: ", 1)[1].split("\n")[0]

    rest, whole = await asyncio.gather(followed(turn, after=last_id), followed(turn))

    assert b"".join(seen).decode() + rest == whole


@on_a_loop
async def test_a_stop_ends_the_model_and_keeps_the_words(conversation, model, fan):
    model(reply=LONG * 20, delay_seconds=0.02)
    turn = await begin(conversation)
    await first_words(turn)

    await database.run(services.stop_reply, fan, await stored(turn))
    assert await jobs.stop_and_wait(turn.public_id)

    reply = await stored(turn)
    assert reply.status == "stopped"
    assert reply.text == turn.text
    assert 0 < len(reply.text) < len(LONG * 20)
    assert '"status":"stopped"' in await followed(turn)


@on_a_loop
async def test_a_stop_in_another_process_is_noticed_by_the_checkpoint(conversation, model, fan):
    model(reply=LONG * 20, delay_seconds=0.02)
    turn = await begin(conversation)
    task = jobs._jobs[turn.public_id].task

    await database.run(services.stop_reply, fan, await stored(turn))
    await asyncio.wait_for(task, 2)

    assert (await stored(turn)).status == "stopped"


@on_a_loop
async def test_what_was_said_is_kept_while_it_is_said(conversation, model):
    model(reply=LONG * 20, delay_seconds=0.02)
    turn = await begin(conversation)
    await asyncio.sleep(0.3)

    reply = await stored(turn)

    assert reply.status == "streaming"
    assert LONG.startswith(reply.text[:5])
    assert len(reply.text) >= 5
    jobs.stop(turn.public_id)


@on_a_loop
async def test_replies_beyond_the_cap_wait_and_are_told_so(conversation, model, fan, creator, settings, mira):
    settings.CHAT_MAX_REPLIES = 1
    model(reply=LONG, delay_seconds=0.01)
    other = await database.run(lambda: services.start_conversation(fan, mira, afresh=True))

    first = await begin(conversation)
    second = await begin(other, client_id="client-0002")
    stream = await followed(second)

    assert 'event: queued\ndata: {"position":1}' in stream
    assert '"status":"complete"' in stream
    assert (await stored(first)).status == "complete"


@on_a_loop
async def test_a_full_process_refuses_before_anything_is_stored(conversation, model, settings):
    settings.CHAT_MAX_REPLIES = 0
    settings.CHAT_LIMITS = {"waiting": 0}

    with pytest.raises(ParkIsFull):
        jobs.admit()

    assert await database.run(lambda: conversation.messages.filter(role="fan").count()) == 0


@on_a_loop
async def test_a_reply_stopped_while_it_waits_is_closed(conversation, model, settings, fan):
    settings.CHAT_MAX_REPLIES = 0
    model(reply=LONG)
    turn = await begin(conversation)
    await asyncio.sleep(0.01)

    await database.run(services.stop_reply, fan, await stored(turn))
    await jobs.stop_and_wait(turn.public_id)

    assert (await stored(turn)).status == "stopped"


@on_a_loop
async def test_a_shutdown_lets_replies_end_and_interrupts_the_rest(conversation, model):
    model(reply=LONG * 20, delay_seconds=0.02)
    turn = await begin(conversation)
    await first_words(turn)

    await jobs.drain(seconds=0.05)

    reply = await stored(turn)
    assert reply.status == "interrupted"
    assert reply.text == turn.text
    assert reply.can_continue


@on_a_loop
async def test_a_reply_of_another_process_is_followed_through_the_database(conversation, model):
    model(reply=LONG, delay_seconds=0.01)
    turn = await begin(conversation)
    await jobs._jobs[turn.public_id].task
    reply_log()._logs.clear()

    stream = await followed(turn)

    assert stream == f'event: done\ndata: {{"status":"complete","text":"{LONG}"}}\n\n'


@on_a_loop
async def test_nothing_is_written_to_the_database_a_token(conversation, model, settings):
    settings.CHAT_CHECKPOINT_SECONDS = 60
    model(reply=LONG, delay_seconds=0.005)
    turn = await begin(conversation)
    await first_words(turn)

    reply = await stored(turn)

    assert (reply.text, reply.status) == ("", "pending")
    await jobs._jobs[turn.public_id].task
    assert (await stored(turn)).text == LONG
