"""F1: a real server, killed in mid-reply: what was said stays, the turn is closed, the fan goes on, nothing twice."""

from __future__ import annotations

import asyncio
import time

import pytest

from bench import upstream
from chat.tests.servers import REDIS_URL, RawReader, Server, redis_answers, stream_in, visitor, wait_until
from companion_site.tests.require import need

# Sixty tokens, 100 ms apart: six seconds to be killed in.
SLOW = upstream.Script(tokens=60, gap_seconds=0.1)


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.redis)])
def server(request, tmp_path):
    if request.param == "redis":
        need(redis_answers(), f"no Redis at {REDIS_URL}")
    with upstream.running(SLOW) as model_url:
        server = Server(tmp_path, model_url, REDIS_URL if request.param == "redis" else "")
        yield server
        server.end()


@pytest.mark.up
def test_f1_a_killed_server_keeps_the_words_and_lets_the_fan_go_on(server):
    (room,) = server.furnish(1)
    server.start()
    asyncio.run(_story(server, room))


def _turns(server: Server) -> tuple[int, int, int]:
    """Return what counts the use: turns of the chat, turns closed for the character, replies stored."""
    (turns,) = server.rows("SELECT turns_count FROM chat_conversation")[0]
    (closed,) = server.rows("SELECT messages_count FROM characters_character")[0]
    return turns, closed, len(server.replies())


async def _story(server: Server, room: dict[str, str]) -> None:
    fan = visitor(server, room)
    path = f"/chat/{room['chat']}/"
    page = await fan.post(f"{path}messages/", {"text": "今晚的雪好大", "client_id": "client-0001"}, fragment=True)
    stream = stream_in(page.body)
    with RawReader(server, stream, cookie=room["session"]) as reader:
        await asyncio.to_thread(reader.read_until, b"event: delta")
        await asyncio.to_thread(wait_until, lambda: len(server.reply()[0]) >= 5, "the server said nothing")
        server.kill()
        reader.read_all()
    said, status, _ = server.reply()
    server.start()
    await fan.close()

    # The reader comes back with the id it saw last, and is answered at once.
    began = time.monotonic()
    with RawReader(server, stream, cookie=room["session"], last_id=reader.last_id) as back:
        answered = back.status
        seconds = time.monotonic() - began
        # The reply is closed when the dead process has given no sign of life for a while.
        await asyncio.to_thread(back.read_until, b"event: done")
    kept, ended, error = server.reply()
    assert status == "streaming"
    assert (kept, ended, error) == (said, "interrupted", "reply_cut_off")
    assert (answered, back.said) == (200, kept)
    assert b'"status":"interrupted"' in back.heard
    assert seconds < 3
    # What the reader had heard is kept, but for what was said since the last checkpoint.
    assert reader.said.startswith(kept)
    assert _turns(server) == (1, 0, 1)

    # "Continue" is offered, and what it brings is whole.
    log = (await fan.get(path)).body.decode()
    go_on = f"/chat/replies/{stream.split('/')[3]}/continue/"
    assert go_on in log
    await fan.post(go_on, {}, fragment=True)
    await asyncio.to_thread(wait_until, lambda: server.reply()[1] == "complete", "the reply was not continued")
    whole, _, error = server.reply()
    assert (whole.startswith(kept), len(whole) > len(kept), error) == (True, True, "")
    # One message, one reply, closed once: the attempt that died counted nothing.
    assert _turns(server) == (1, 1, 1)

    # The same message sent once more, as a browser would after the break: nothing new, nothing counted.
    again = await fan.post(f"{path}messages/", {"text": "今晚的雪好大", "client_id": "client-0001"}, fragment=True)
    await fan.close()
    assert again.status == 200
    assert _turns(server) == (1, 1, 1)
