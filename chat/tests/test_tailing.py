"""Readers of a reply: dropped when they do not read, answered together, and never left without the text."""

from __future__ import annotations

import asyncio
import uuid
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from django.utils import timezone

from chat import database, following, jobs, services, tailing, watching
from chat.gate import gate
from chat.models import Message
from chat.readers import readers
from chat.reply_log import LogLost, reply_log, reply_logs
from chat.reply_log.redis import RedisReplyLog
from chat.tests.factories import on_a_loop, say
from chat.tests.servers import REDIS_URL, free_port, redis_answers
from chat.tests.test_gate import begin
from chat.tests.test_jobs import followed, stored
from companion_site.core import sse
from companion_site.tests.require import need

LONG = "One. Two. Three. Four. Five. Six. Seven. Eight."


@pytest.fixture(autouse=True)
def _as_in_production(settings):
    settings.CHAT_REPLY_EAGER = False
    settings.CHAT_CHECKPOINT_SECONDS = 0.05
    gate.__init__()
    readers.__init__()
    yield
    jobs._jobs.clear()
    gate.__init__()


class Sloth:
    """An ASGI client that takes the head of the stream and then nothing more."""

    def __init__(self, path: str, cookie: str) -> None:
        self.scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "headers": [(b"host", b"testserver"), (b"cookie", f"sessionid={cookie}".encode())],
            "query_string": b"",
            "server": ("testserver", 80),
            "client": ("10.0.0.7", 50000),
        }
        self.sent: list[dict] = []
        self.transport = self
        self.is_aborted = False

    def abort(self) -> None:
        self.is_aborted = True

    async def receive(self):
        await asyncio.sleep(3600)

    async def send(self, message):
        self.sent.append(message)
        if message["type"] == "http.response.body":
            await asyncio.sleep(3600)


@pytest.mark.up
@pytest.mark.django_db
def test_f14_who_does_not_read_is_dropped_and_the_reply_goes_on(fan_client, conversation, model, settings):
    settings.CHAT_LIMITS = {"stuck_seconds": 0.3}
    model(reply=LONG * 10, delay_seconds=0.03)

    @on_a_loop
    async def story():
        turn = await begin(conversation)
        sloth = Sloth(f"/chat/replies/{turn.public_id}/stream/", fan_client.cookies["sessionid"].value)
        following_it = asyncio.create_task(following.follow(sloth.scope, sloth.receive, sloth.send))

        await asyncio.wait_for(following_it, 30)

        is_still_written = jobs.running() == 1
        stream = await followed(turn)
        return sloth, is_still_written, stream, (await stored(turn)).status

    sloth, is_still_written, stream, status = story()
    assert [message["type"] for message in sloth.sent] == ["http.response.start", "http.response.body"]
    assert sloth.is_aborted
    assert is_still_written
    assert '"status":"complete"' in stream
    assert status == "complete"
    assert len(readers) == 0


@pytest.mark.django_db
def test_a_hundred_readers_in_doubt_ask_the_database_once(conversation, django_assert_num_queries):
    reply = say(conversation, "Hello.").reply

    @on_a_loop
    async def ask():
        return await asyncio.gather(*[watching.current(reply.pk) for _ in range(100)])

    with django_assert_num_queries(1):
        rows = ask()

    assert {row.pk for row in rows} == {reply.pk}


@pytest.mark.django_db
@on_a_loop
async def test_a_reply_that_is_gone_ends_its_streams(conversation, model):
    model(reply=LONG)
    turn = await begin(conversation)
    await jobs._jobs[turn.public_id].task
    reply = await stored(turn)
    reply_log()._logs.clear()
    await database.run(lambda: Message.objects.filter(parent=reply.pk).delete())
    await database.run(lambda: services.close_stale(reply.pk))

    reply.pk = -1
    said = [chunk async for chunk in tailing.frames(reply)]

    assert said == []


@pytest.mark.up
@pytest.mark.django_db
def test_readers_on_the_database_get_what_is_new_and_no_more(conversation):
    reply = say(conversation, "Hello.").reply  # nobody writes it in this process

    def store(**changes: str) -> None:
        Message.objects.filter(pk=reply.pk).update(heartbeat_at=timezone.now(), **changes)

    @on_a_loop
    async def follow():
        frames = tailing.frames(reply)
        said = [await anext(frames)]
        for text in ("One.", "One. Two."):
            await database.run(store, text=text)
            said.append(await anext(frames))
        await database.run(store, status="complete")
        return said + [chunk async for chunk in frames]

    assert follow() == [
        sse.frame("start", {"text": ""}),
        sse.frame("delta", {"t": "One."}),
        sse.frame("delta", {"t": " Two."}),
        sse.frame("done", {"status": "complete", "text": "One. Two."}),
    ]


# --- Redis ---------------------------------------------------------------------------


@pytest_asyncio.fixture
async def two():
    """The logs of two processes: one writes, the other reads."""
    need(redis_answers(), f"no Redis at {REDIS_URL}")
    prefix = f"test:{uuid.uuid4().hex}:"
    logs = [RedisReplyLog(REDIS_URL, prefix) for _ in range(2)]
    yield logs
    for log in logs:
        await log.aclose()


async def arrived(log, key: str) -> None:
    """Wait until there is something to read."""
    async with asyncio.timeout(30):
        while not await log.exists(key):  # noqa: ASYNC110 - another process, there is no event to wait for
            await asyncio.sleep(0.01)


async def heard(log, key: str = "r", *, after: str = "", attempt: int = 1) -> bytes:
    tail = log.tail(key, after=after, heartbeat_seconds=5, attempt=attempt)
    return b"".join([chunk async for chunk in tail])


@pytest.mark.redis
async def test_readers_elsewhere_hear_every_frame_in_order(two):
    here, elsewhere = two
    here.open("r", 1)
    here.append("r", "delta", {"t": "0"})
    await arrived(elsewhere, "r")
    reading = [asyncio.create_task(heard(elsewhere)) for _ in range(20)]
    await asyncio.sleep(0.05)

    for number in range(1, 50):
        here.append("r", "delta", {"t": str(number)})
        await asyncio.sleep(0.001)
    here.close("r")

    mine = await heard(here)
    assert await asyncio.gather(*reading) == [mine] * 20
    assert mine.count(b"event: delta") == 50


@pytest.mark.redis
async def test_a_reader_elsewhere_resumes_after_the_id_it_saw_last(two):
    here, elsewhere = two
    here.open("r", 3)
    for number in range(4):
        here.append("r", "delta", {"t": str(number)})
    here.close("r")
    await arrived(elsewhere, "r")

    assert await heard(elsewhere, after="3-3", attempt=3) == sse.frame("delta", {"t": "3"}, event_id="3-4")
    assert (await heard(elsewhere, after="2-9", attempt=3)).startswith(b"id: 3-1\n")


@pytest.mark.redis
async def test_more_replies_than_one_connection_follows_are_all_heard(two):
    here, elsewhere = two
    keys = [f"r{number}" for number in range(150)]
    for key in keys:
        here.open(key, 1)
        here.append(key, "start", {"text": key})
    await arrived(elsewhere, keys[-1])
    reading = [asyncio.create_task(heard(elsewhere, key)) for key in keys]
    await asyncio.sleep(0.1)

    for key in keys:
        here.append(key, "delta", {"t": key})
        here.close(key)

    said = await asyncio.gather(*reading)
    assert [text.count(b"event: ") for text in said] == [2] * 150


@pytest.mark.up
async def test_a_lost_server_stops_neither_the_reply_nor_its_readers_here():
    log = RedisReplyLog(f"redis://127.0.0.1:{free_port()}/0")
    log.open("r", 1)
    reading = asyncio.create_task(heard(log))
    await asyncio.sleep(0)

    for word in ("one", "two"):
        log.append("r", "delta", {"t": word})
        await asyncio.sleep(0.05)
    log.close("r")

    assert (await reading).count(b"event: delta") == 2
    assert log.is_written_here("r") is False
    await log.aclose()


async def test_a_reader_elsewhere_is_sent_to_the_database_when_the_server_is_lost():
    log = RedisReplyLog(f"redis://127.0.0.1:{free_port()}/0")

    assert not await log.exists("r")
    with pytest.raises(LogLost):
        await heard(log)

    await log.aclose()


@pytest.mark.up
@pytest.mark.django_db
@on_a_loop
async def test_f4_a_reply_is_written_and_read_while_redis_is_gone(conversation, model, settings):
    model(reply=LONG, delay_seconds=0.01)
    gone = {"url": f"redis://127.0.0.1:{free_port()}/0"}
    settings.REPLY_LOG = {"default": {"BACKEND": "chat.reply_log.redis.RedisReplyLog", "OPTIONS": gone}}
    turn = await begin(conversation)

    stream = await followed(turn)

    assert (await stored(turn)).text == LONG
    assert f'"status":"complete","text":"{LONG}"' in stream
    await reply_logs["default"].aclose()


@pytest.mark.redis
async def test_frames_wait_for_a_server_that_comes_back(two):
    _, elsewhere = two
    port = free_port()
    parts = urlsplit(REDIS_URL)
    here = RedisReplyLog(f"redis://127.0.0.1:{port}{parts.path}", elsewhere._prefix)
    here.open("r", 1)
    here.append("r", "delta", {"t": "said while it was gone"})
    await asyncio.sleep(0.3)
    assert not await elsewhere.exists("r")

    async def relay(reader, writer):
        onward = await asyncio.open_connection(parts.hostname, parts.port)
        await asyncio.gather(_pipe(reader, onward[1]), _pipe(onward[0], writer))

    server = await asyncio.start_server(relay, "127.0.0.1", port)
    here.append("r", "delta", {"t": "said when it was back"})
    here.close("r")
    await arrived(elsewhere, "r")

    mine = await heard(here)
    assert await heard(elsewhere) == mine
    assert mine.count(b"event: delta") == 2
    await here.aclose()
    server.close()


async def _pipe(reader, writer) -> None:
    while data := await reader.read(65536):
        writer.write(data)
    writer.close()
