"""Rows of the table of faults that need a real server: slow readers, crowds of them, and a server that must go."""

from __future__ import annotations

import asyncio
import re
import shutil
import socket
import time
from contextlib import ExitStack

import httpx2
import psutil
import pytest

from bench import upstream
from chat.tests.servers import (
    REDIS_URL,
    RawReader,
    Server,
    redis_answers,
    stream_in,
    visitor,
    wait_until,
)
from companion_site.tests.require import need

pytestmark = pytest.mark.up

# Thirty tokens, 100 ms apart: three seconds to do something in.
SLOW = upstream.Script(tokens=30, gap_seconds=0.1)


@pytest.fixture(scope="module")
def furnished(tmp_path_factory):
    """A database with eight fans in a chat each, made once."""
    server = Server(tmp_path_factory.mktemp("furnished"), "http://127.0.0.1:9/v1")
    return server.furnish(8), server.database


@pytest.fixture
def serve(tmp_path, furnished):
    """Start a server with a slow model: `serve()`, or with environment variables of its own."""
    rooms, database = furnished
    with ExitStack() as closing:

        def start(*, script: upstream.Script = SLOW, redis_url: str = "", **env: str):
            model_url = closing.enter_context(upstream.running(script))
            server = Server(tmp_path, model_url, redis_url, **env)
            closing.callback(server.end)
            shutil.copy(database, server.database)
            server.start()
            return server, rooms

        yield start


async def say(server: Server, room: dict[str, str], text: str = "今晚的雪好大", client_id: str = "client-0001"):
    """Send a message as the page does; return the answer."""
    fan = visitor(server, room)
    answer = await fan.post(f"/chat/{room['chat']}/messages/", {"text": text, "client_id": client_id}, fragment=True)
    await fan.close()
    return answer


def talk(server: Server, room: dict[str, str]) -> str:
    """Send a message; return the address of the reply's stream."""
    answer = asyncio.run(say(server, room))
    assert answer.status == 200
    return stream_in(answer.body)


def test_f13_a_reader_who_leaves_changes_nothing_and_a_stop_ends_the_model(serve):
    server, (first, second, *_) = serve()
    with RawReader(server, talk(server, first), cookie=first["session"]) as reader:
        reader.read_until(b"event: delta")
        heard = reader.said

    wait_until(lambda: server.reply()[1] == "complete", "nobody wrote the reply to its end")

    whole = server.reply()[0]
    assert whole.startswith(heard)
    assert len(whole) > len(heard)

    # A stop is another matter: the model's connection is closed, and nothing is written any more.
    stream = talk(server, second)
    wait_until(lambda: server.reply()[1] == "streaming", "the second reply did not begin")
    stopped = asyncio.run(_stop(server, second, stream))
    said = server.reply()
    time.sleep(1)
    assert stopped.status == 200
    assert said[1:] == ("stopped", "")
    assert server.reply() == said


async def _stop(server: Server, room: dict[str, str], stream: str):
    fan = visitor(server, room)
    answer = await fan.post(stream.replace("/stream/", "/stop/"), {}, fragment=True)
    await fan.close()
    return answer


def test_f14_readers_who_never_read_cost_little_and_the_reply_goes_on(serve):
    readers = 150
    server, (room, *_) = serve(CHAT_LIMITS='{"streams_each": 1000, "streams_an_address": 1000}')
    stream = talk(server, room)
    process = psutil.Process(server.process.pid)
    with RawReader(server, stream, cookie=room["session"]) as awake:
        awake.read_until(b"event: delta")
        before = process.memory_info().rss
        with ExitStack() as closing:
            for _ in range(readers):
                closing.enter_context(RawReader(server, stream, cookie=room["session"], buffer=2048))
            awake.read_until(b"event: done")
            grown = process.memory_info().rss - before

    assert server.reply()[1] == "complete"
    assert awake.said == server.reply()[0]
    assert grown / readers < 256 * 1024


def test_f35_slow_senders_and_idle_readers_leave_the_doors_open(serve):
    endless = upstream.Script(tokens=2000, gap_seconds=0.1)
    server, rooms = serve(script=endless, CHAT_LIMITS='{"streams_each": 5, "streams_an_address": 8}')
    page = f"http://127.0.0.1:{server.port}/healthz"
    with ExitStack() as closing:
        # Four hundred who send half a head, or a head and no body.
        slow = []
        for number in range(400):
            sender = closing.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=60))
            if number % 2:
                sender.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
            else:
                sender.sendall(b"POST /account/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\nlog")
            slow.append(sender)

        # Everybody else is served.
        assert [httpx2.get(page, timeout=30).status_code for _ in range(5)] == [200] * 5
        stream = talk(server, rooms[0])

        def follow(address: str, room: dict[str, str]) -> RawReader:
            reader = closing.enter_context(RawReader(server, address, cookie=room["session"]))
            reader.read_until(b"\r\n\r\n")
            return reader

        # One fan may have so many streams, and gets the oldest of a reply back for a new one.
        mine = [follow(stream, rooms[0]) for _ in range(6)]
        assert [reader.status for reader in mine] == [200] * 6
        assert b"retry: 1000" in mine[0].read_until(b"retry: 1000")

        # An address may have so many, whoever asks.
        other = talk(server, rooms[1])
        theirs = [follow(other, rooms[1]) for _ in range(4)]
        assert [reader.status for reader in theirs] == [200, 200, 200, 429]
        assert b"retry-after: 5" in theirs[3].heard.lower()

        # The doors are still open, and the readers who were let in hear everything.
        asyncio.run(_stop(server, rooms[0], stream))
        assert b'"status":"stopped"' in mine[5].read_until(b"event: done")
        assert httpx2.get(page, timeout=30).status_code == 200

        # Who never finished a request has been sent away: with nothing for half a head, with 408 for half a body.
        assert b" 408 " in slow[0].recv(1024)
        assert _last_words(slow[1]) == b""
        asyncio.run(_stop(server, rooms[1], other))


def _last_words(sender: socket.socket) -> bytes:
    try:
        return sender.recv(1024)
    except ConnectionResetError:
        return b""


@pytest.mark.parametrize("log", ["memory", pytest.param("redis", marks=pytest.mark.redis)])
def test_f36_a_server_that_is_told_to_go_loses_no_word(serve, log):
    if log == "redis":
        need(redis_answers(), f"no Redis at {REDIS_URL}")
    server, rooms = serve(redis_url=REDIS_URL if log == "redis" else "")
    asyncio.run(_go(server, rooms))

    assert server.process.wait(timeout=60) == -15
    # Every reply that had begun was written to its end; nothing of the refused message was stored.
    assert [status for _, status, _ in server.replies()] == ["complete"] * 7
    assert server.rows("SELECT count(*) FROM chat_message WHERE role='fan'") == [(7,)]


async def _go(server: Server, rooms: list[dict[str, str]]) -> None:
    streams = [stream_in((await say(server, room)).body) for room in rooms[:7]]
    readers = [RawReader(server, stream, cookie=room["session"]) for stream, room in zip(streams, rooms, strict=False)]
    for reader in readers:
        await asyncio.to_thread(reader.read_until, b"event: delta")
    server.terminate()
    await asyncio.sleep(0.3)

    # It is read as before; only new turns are refused, honestly and before anything is stored.
    fan = visitor(server, rooms[7])
    reads = [(await fan.get(path)).status for path in (f"/chat/{rooms[7]['chat']}/", "/chat/", "/healthz")]
    ready = await fan.get("/readyz")
    refused = await say(server, rooms[7])
    await fan.close()
    assert reads == [200, 200, 200]
    assert (ready.status, refused.status, refused.headers["retry-after"]) == (503, 503, "3")

    for reader in readers:
        await asyncio.to_thread(reader.read_all)
    with ExitStack() as closing:
        for reader in readers:
            closing.enter_context(reader)
    said = {reader.said for reader in readers}
    assert all(b'"status":"complete"' in reader.heard for reader in readers)
    assert said == {text for text, _, _ in server.replies()}


def test_f36_what_does_not_end_in_time_is_kept_and_can_be_continued(serve):
    endless = upstream.Script(tokens=400, gap_seconds=0.1)
    server, (room, *_) = serve(script=endless, CHAT_DRAIN_SECONDS="0.5")
    with RawReader(server, talk(server, room), cookie=room["session"]) as reader:
        reader.read_until(b"event: delta")
        server.terminate()
        reader.read_all()

    assert server.process.wait(timeout=60) == -15
    text, status, _ = server.reply()
    assert (status, text) == ("interrupted", reader.said)
    assert re.search(rb'event: done\ndata: {"status":"interrupted"', reader.heard)
    assert text
