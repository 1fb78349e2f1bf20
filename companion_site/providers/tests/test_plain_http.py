from __future__ import annotations

import asyncio

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion_site.providers.plain_http import Chunks, PlainHttpTransport


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

    def __init__(self, *scripts: bytes | None, closes_after: bool = False) -> None:
        self.scripts = list(scripts)
        self.closes_after = closes_after
        self.connections = 0
        self.heads: list[bytes] = []

    async def __aenter__(self) -> httpx2.AsyncClient:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.client = httpx2.AsyncClient(transport=PlainHttpTransport(), base_url=f"http://127.0.0.1:{port}")
        return self.client

    async def __aexit__(self, *error: object) -> None:
        await self.client.aclose()
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while self.scripts:
                head = await reader.readuntil(b"\r\n\r\n")
                self.heads.append(head)
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                await reader.readexactly(length)
                script = self.scripts.pop(0)
                if script is None:
                    break
                writer.write(script)
                await writer.drain()
                if self.closes_after:
                    break
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Kind: test\r\n\r\n" + chunked(b"one ", b"two")
PLAIN = b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnope"


async def test_an_answer_is_read_and_its_connection_used_again():
    server = Server(CHUNKED, PLAIN)
    async with server as client:
        first = await client.post("/a?b=c", json={"x": 1}, headers={"Authorization": "Bearer k"})
        second = await client.get("/d")

    assert (first.status_code, first.text, first.headers["x-kind"]) == (200, "one two", "test")
    assert (second.status_code, second.text) == (404, "nope")
    assert server.connections == 1
    assert server.heads[0].startswith(b"POST /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:")
    assert b"Authorization: Bearer k\r\n" in server.heads[0]


async def test_a_stream_closed_early_closes_its_connection():
    server = Server(CHUNKED, PLAIN)
    async with server as client:
        async with client.stream("GET", "/") as response:
            assert response.status_code == 200
        second = await client.get("/")

    assert second.text == "nope"
    assert server.connections == 2


async def test_a_kept_connection_the_server_has_closed_is_replaced():
    server = Server(PLAIN, PLAIN, closes_after=True)
    async with server as client:
        await client.get("/")
        second = await client.get("/")

    assert second.text == "nope"
    assert server.connections == 2


@pytest.mark.parametrize(
    ("_case", "script"),
    [
        ("hangs up", None),
        ("no answer at all", b"SSH-2.0-OpenSSH_9.2\r\n\r\n"),
        ("breaks off in a chunk", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhalf"),
        ("breaks off in the body", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf"),
    ],
)
async def test_a_broken_answer_is_the_client_s_own_error(_case, script):
    server = Server(script, closes_after=True)
    async with server as client:
        with pytest.raises(httpx2.RemoteProtocolError):
            await client.get("/")


async def test_nobody_there_is_the_client_s_own_error():
    async with httpx2.AsyncClient(transport=PlainHttpTransport()) as client:
        with pytest.raises(httpx2.ConnectError):
            await client.get("http://127.0.0.1:1/")
