from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion_site.providers.base import ModelError
from companion_site.providers.plain_http import Chunks, PlainWire
from companion_site.providers.wire import whole


def chunked(*parts: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=6), st.lists(st.integers(1, 9), min_size=1, max_size=6))
def test_chunks_come_out_whole_wherever_the_network_cut_them(parts, steps):
    raw, chunks, found, position = chunked(*parts), Chunks(), b"", 0

    while position < len(raw):
        step = steps[position % len(steps)]
        found += chunks.feed(raw[position : position + step])
        position += step

    assert found == b"".join(parts)
    assert chunks.is_done


@pytest.mark.parametrize(
    ("_case", "raw"),
    [("no number", b"zz\r\nab\r\n"), ("negative", b"-2\r\nab\r\n"), ("no line end", b"a" * 300)],
)
def test_what_is_no_chunk_is_refused(_case, raw):
    with pytest.raises(ValueError, match=r"chunk size|invalid literal"):
        Chunks().feed(raw)


class Server:
    """Answers each request of each connection with the next script; a script of None hangs up unanswered."""

    def __init__(self, *scripts: bytes | None, closes_after: bool = False, **options: bool) -> None:
        self.scripts = list(scripts)
        self.closes_after = closes_after
        self.options = options
        self.connections = 0
        self.heads: list[bytes] = []
        self.bodies: list[bytes] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> PlainWire:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.wire = PlainWire(f"http://127.0.0.1:{port}/v1", "k", connect_seconds=5.0, **self.options)
        return self.wire

    async def __aexit__(self, *error: object) -> None:
        await self.wire.aclose()
        self._server.close()
        await asyncio.wait(self._tasks, timeout=5)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._tasks.append(asyncio.current_task())
        try:
            while self.scripts:
                head = await reader.readuntil(b"\r\n\r\n")
                self.heads.append(head)
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                self.bodies.append(await reader.readexactly(length))
                script = self.scripts.pop(0)
                if script is None:
                    break
                writer.write(script)
                await writer.drain()
                if self.closes_after:
                    break
            else:
                await reader.read()  # until the other side hangs up
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def soon(seconds: float = 5.0) -> float:
    return asyncio.get_running_loop().time() + seconds


async def ask(wire: PlainWire) -> bytes:
    answer = await wire.post({"a": "雪"})
    try:
        return await whole(answer, soon())
    finally:
        await answer.aclose()


async def kind_of(wire: PlainWire) -> str:
    with pytest.raises(ModelError) as caught:
        await ask(wire)
    return caught.value.kind


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\nX-Kind: test\r\n\r\n" + chunked(b"one ", b"two")
SIZED = OK + b"Content-Length: 4\r\n\r\nfour"


async def test_an_answer_is_read_and_its_connection_used_again():
    server = Server(CHUNKED, SIZED)
    async with server as wire:
        found = [await ask(wire), await ask(wire)]

    assert found == [b"one two", b"four"]
    assert server.connections == 1
    assert server.heads[0].startswith(b"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:")
    assert b"\r\nAuthorization: Bearer k\r\n" in server.heads[0]
    assert server.bodies[0] == '{"a":"雪"}'.encode()


async def test_half_a_character_in_a_prompt_is_sent_as_a_question_mark():
    server = Server(SIZED)
    async with server as wire:
        await whole(await wire.post({"a": "\ud83d"}), soon())

    assert server.bodies == [b'{"a":"?"}']


async def test_a_server_that_does_not_keep_connections_gets_a_new_one_each_time():
    server = Server(SIZED, SIZED, keeps=False)
    async with server as wire:
        await ask(wire)
        await ask(wire)

    assert b"\r\nConnection: close\r\n" in server.heads[0]
    assert server.connections == 1  # the server alone decides; ours asked it to close


async def test_an_answer_given_up_closes_its_connection():
    server = Server(CHUNKED, SIZED)
    async with server as wire:
        answer = await wire.post({})
        await answer.aclose()
        second = await ask(wire)

    assert second == b"four"
    assert server.connections == 2


async def test_a_kept_connection_the_server_has_closed_is_replaced():
    server = Server(SIZED, SIZED, closes_after=True)
    async with server as wire:
        await ask(wire)
        second = await ask(wire)

    assert second == b"four"
    assert server.connections == 2


async def test_what_comes_before_the_answer_is_passed_over():
    early = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    async with Server(b"HTTP/1.1 100 Continue\r\n\r\n" + early + SIZED) as wire:
        assert await ask(wire) == b"four"


@pytest.mark.parametrize(
    ("_case", "script", "kind"),
    [
        ("hangs up", None, "broken"),
        ("no answer at all", b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "broken"),
        ("an endless head", b"x" * 200_000, "broken"),
        ("breaks off in a chunk", OK + b"Transfer-Encoding: chunked\r\n\r\nff\r\nhalf", "broken"),
        ("no chunk", OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhalf", "broken"),
        ("breaks off in the body", OK + b"Content-Length: 99\r\n\r\nhalf", "broken"),
        ("packed though we asked for plain", OK + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b", "broken"),
        ("too much", OK + b"\r\n" + b"x" * (9 * 1024 * 1024), "broken"),
        ("no such model", b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnope", "missing"),
        ("a refusal without a word", b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", "server"),
        ("a refusal that breaks off", b"HTTP/1.1 429 No\r\nContent-Length: 9\r\n\r\n", "limit"),
    ],
)
async def test_a_broken_answer_is_a_model_error(_case, script, kind):
    async with Server(script, closes_after=True) as wire:
        assert await kind_of(wire) == kind


async def test_nobody_there_is_a_model_error():
    assert await kind_of(PlainWire("http://127.0.0.1:1/v1", "", connect_seconds=5.0)) == "connect"


async def test_a_silent_server_is_waited_for_until_the_deadline_and_no_longer():
    async with Server(OK + b"Content-Length: 99\r\n\r\nhalf") as wire:
        answer = await wire.post({})
        first = await answer.read(soon(60.0))
        began = asyncio.get_running_loop().time()

        with pytest.raises(TimeoutError):
            await answer.read(soon(0.2))

        assert first == b"half"
        assert 0.15 <= asyncio.get_running_loop().time() - began < 5.0
        assert await answer.read(soon()) == b""


async def test_a_deadline_passed_between_two_reads_loses_nothing():
    async with Server(OK + b"Content-Length: 99\r\n\r\nhalf") as wire:
        answer = await wire.post({})
        await answer.read(soon(0.05))
        await asyncio.sleep(0.2)
        began = asyncio.get_running_loop().time()

        with pytest.raises(TimeoutError):
            await answer.read(soon(0.2))

        assert asyncio.get_running_loop().time() - began >= 0.15


async def test_what_comes_while_nobody_reads_waits_outside_and_is_read_at_once():
    go_on = asyncio.Event()

    async def speak(reader, writer):
        await reader.readuntil(b"{}")
        writer.write(OK + b"Transfer-Encoding: chunked\r\n\r\n4\r\none \r\n")
        await go_on.wait()
        for packet in (b"4\r\ntwo \r\n", b"5\r\nthree\r\n0\r\n\r\n"):
            writer.write(packet)
            await asyncio.sleep(0.02)
        await reader.read()
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    wire = PlainWire(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", "", connect_seconds=5.0)
    answer = await wire.post({})
    first = await answer.read(soon())
    await asyncio.sleep(0.01)
    is_read = answer._connection.writer.transport.is_reading()
    go_on.set()
    await asyncio.sleep(0.1)
    second = await answer.read(soon())
    end = await answer.read(soon())
    kept = len(wire._idle)
    await wire.aclose()
    server.close()
    await asyncio.sleep(0.05)

    assert (first, is_read, second, end, kept) == (b"one ", False, b"two three", b"", 1)
