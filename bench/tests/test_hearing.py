"""What the benchmarks' readers note: the fake's words as they come, cut wherever the network cuts them."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from bench import upstream
from bench.client import Fan, Heard, Line
from bench.figures import percentile
from bench.words import SPAN, word

OWN_QUARTERS = 80  # twenty milliseconds
SENT_MS = [1000, 1020, 1040]


def frames() -> bytes:
    texts = [word(OWN_QUARTERS) + word(SENT_MS[0]), *map(word, SENT_MS[1:])]
    deltas = "".join(
        f"id: 1-{number}\nevent: delta\ndata: {json.dumps({'t': text}, ensure_ascii=False, separators=(',', ':'))}\n\n"
        for number, text in enumerate(texts, start=2)
    )
    return (
        f'id: 1-1\nevent: start\ndata: {{"text":""}}\n\n{deltas}event: done\ndata: {{"status":"complete"}}\n\n'.encode()
    )


def test_a_reply_is_heard_with_every_lag():
    heard = Heard(began=0.9)

    heard.feed(frames(), 1.05)

    assert list(heard.lags_ms) == [50.0, 30.0, 10.0]
    assert heard.added_ms == pytest.approx(130.0)  # 150 ms after sending, of which the fake took 20
    assert heard.frames == 3
    assert heard.is_complete


def test_a_lag_is_read_across_the_turn_of_the_clock():
    heard = Heard(is_first=False)
    now = 3 * SPAN / 1000 + 0.005

    heard.feed(f'data: {{"t":"{word(SPAN - 5)}"}}\n\n'.encode(), now)

    assert list(heard.lags_ms) == pytest.approx([10.0], abs=0.01)


def test_a_lag_longer_than_the_clock_is_not_made_short():
    heard = Heard(is_first=False)

    heard.feed(f'data: {{"t":"{word(1000)}"}}\n\n'.encode(), 1.010)
    heard.feed(f'data: {{"t":"{word(1020)}"}}\n\n'.encode(), 1.020 + 20.0)

    assert list(heard.lags_ms) == pytest.approx([10.0, 20_000.0], abs=0.01)


@pytest.mark.parametrize("size", [1, 7, 64, 10_000])
async def test_a_stream_is_heard_however_it_is_cut(size):
    line = Line()
    line.answered = asyncio.get_running_loop().create_future()
    line.heard = Heard()
    body = frames()
    raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)

    for start in range(0, len(raw), size):
        line.data_received(raw[start : start + size])

    assert await line.answered == b""
    assert len(line.heard.lags_ms) == len(SENT_MS)
    assert line.heard.is_complete


@pytest.mark.parametrize(
    ("_case", "raw", "body"),
    [
        ("with a length", b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", b"abc"),
        ("in chunks", b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", b"abc"),
        ("empty", b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", b""),
        ("no chunk at all", b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", b""),
    ],
)
async def test_an_answer_is_read_whole(_case, raw, body):
    line = Line()
    line.answered = asyncio.get_running_loop().create_future()

    for byte in range(len(raw)):
        line.data_received(raw[byte : byte + 1])

    assert await line.answered == body


async def test_the_fake_says_as_many_tokens_as_its_script_and_when():
    class Direct(Fan):
        async def turn(self, number: int) -> Heard:
            heard = Heard(began=time.monotonic())
            await self._say("/v1/chat/completions", b'{"stream":true}', "application/json", heard)
            return heard

    with upstream.process(upstream.Script(tokens=3, first_seconds=0.05, gap_seconds=0.02)) as fake:
        fan = Direct(int(fake.url.split(":")[2].removesuffix("/v1")), {}, "bare")
        first = await fan.turn(0)
        await asyncio.to_thread(fake.play, upstream.Script(tokens=30, first_seconds=0.0, gap_seconds=0.001))
        second = await fan.turn(1)
        fan.close()

    assert [len(first.lags_ms), len(second.lags_ms)] == [3, 30]
    assert first.is_complete
    assert second.is_complete
    assert 0.045 < first.upstream_seconds < 1.0
    assert max(first.lags_ms) < SPAN / 2  # the clocks are one


def test_percentiles():
    assert percentile([3.0, 1.0, 2.0], 50) == 2.0
    assert percentile([5.0], 99) == 5.0
