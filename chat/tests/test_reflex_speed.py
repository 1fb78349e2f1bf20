"""A strong feeling is answered at once: the character's own line is there before any model has said a word."""

from __future__ import annotations

import asyncio
import re
import time

import pytest

from bench import upstream
from chat.tests.servers import RawReader, Server, stream_in, visitor, wait_until

# From sending to the first words on the wire.
FAST = 0.3
# A model that thinks for long: whatever comes sooner is not its own.
SLOW = upstream.Script(tokens=3, first_seconds=1.5)
TRIES = 5
HURT = "我好难过，特别难过，今天真的撑不住了"


@pytest.fixture
def server(tmp_path):
    with upstream.running(SLOW) as model_url:
        server = Server(tmp_path, model_url)
        yield server
        server.end()


@pytest.mark.up
def test_the_reflex_line_is_there_before_the_model_has_begun(server):
    rooms = server.furnish(TRIES)
    server.start()

    heard = [asyncio.run(_first_words(server, room)) for room in rooms]

    seconds = sorted(taken for taken, _, _ in heard)
    print(f"reflex: {seconds[0] * 1000:.0f} ms at best, {seconds[TRIES // 2] * 1000:.0f} ms in the middle")  # noqa: T201
    assert seconds[0] < FAST
    # Busy or not: none of them has waited for the model.
    assert seconds[-1] < SLOW.first_seconds
    for _, first, whole in heard:
        line = re.search(r'"t":"([^"]+)","now":true', first)
        assert line is not None
        # The model goes on from the line: it opens the reply and is said once.
        assert whole.startswith(line[1])
        assert (whole.count(line[1]), len(whole) > len(line[1])) == (1, True)


async def _first_words(server: Server, room: dict[str, str]) -> tuple[float, str, str]:
    """Say it hurts; return the seconds until the first words came, those events, and the reply as it was stored."""
    fan = visitor(server, room)
    path = f"/chat/{room['chat']}/"
    await fan.get(path)
    began = time.perf_counter()
    page = await fan.post(f"{path}messages/", {"text": HURT, "client_id": "client-0001"}, fragment=True)
    with RawReader(server, stream_in(page.body), cookie=room["session"]) as reader:
        await asyncio.to_thread(reader.read_until, b"event: delta")
        taken = time.perf_counter() - began
        first = await asyncio.to_thread(reader.read_until, b'"now"')
        await asyncio.to_thread(reader.read_until, b"event: done")
    await fan.close()
    await asyncio.to_thread(wait_until, lambda: server.reply()[1] == "complete", "the reply was not stored")
    return taken, first.decode(), server.reply()[0]
