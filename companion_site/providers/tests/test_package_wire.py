"""The openai package as a wire: what it sends, and what its errors become."""

from __future__ import annotations

import asyncio
import gzip

import pytest

from companion_site.core.ports import free_port
from companion_site.providers.base import ModelError
from companion_site.providers.package_wire import PackageWire
from companion_site.providers.tests.scripted import DONE, answer, cut_stream, serving, stop, stream, token
from companion_site.providers.wire import whole

OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"


def soon(seconds: float = 5.0) -> float:
    return asyncio.get_running_loop().time() + seconds


async def ask(url: str, *, seconds: float = 5.0) -> bytes:
    wire = PackageWire(url, "k", connect_seconds=5.0, is_own=True)
    try:
        incoming = await wire.post({"model": "m", "messages": [], "stream": True})
        try:
            return await whole(incoming, soon(seconds))
        finally:
            await incoming.aclose()
    finally:
        await wire.aclose()


async def test_a_request_carries_the_key_and_its_answer_comes_raw():
    with serving(stream(token("Hi"), stop(), DONE)) as server:
        found = await ask(server.url)

    assert found == token("Hi") + stop() + DONE
    assert server.requests == [{"model": "m", "messages": [], "stream": True}]
    assert "authorization: bearer k" in server.headers[0].lower()
    assert server.headers[0].startswith("POST /v1/chat/completions")


async def test_a_packed_answer_is_unpacked():
    with serving([OK + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(b"data: x\n\n")]) as server:
        assert await ask(server.url) == b"data: x\n\n"


@pytest.mark.parametrize(
    ("_case", "script", "kind"),
    [
        ("a refused key", answer({"error": {"message": "no"}}, "401 Unauthorized"), "auth"),
        ("too many", answer({"error": {"message": "no"}}, "429 Too Many Requests"), "limit"),
        ("no model", answer({"error": {"message": "The model `x` does not exist"}}, "400 Bad Request"), "missing"),
        ("a bad request", answer({"error": {"message": "too long"}}, "400 Bad Request"), "refused"),
        ("out of order", answer({"error": {"message": "no"}}, "500 Internal Server Error"), "server"),
        ("hangs up", [b""], "connect"),
        ("breaks off", cut_stream(token("Hi")), "broken"),
        ("packed nonsense", [OK + b"Content-Encoding: gzip\r\n\r\n", b"nonsense"], "broken"),
        ("too much", [OK + b"\r\n", b"x" * (9 * 1024 * 1024)], "broken"),
    ],
)
async def test_what_goes_wrong_is_named(_case, script, kind):
    with serving(script) as server, pytest.raises(ModelError) as caught:
        await ask(server.url)

    assert caught.value.kind == kind


async def test_nobody_there_is_a_model_error():
    with pytest.raises(ModelError) as caught:
        await ask(f"http://127.0.0.1:{free_port('127.0.0.1', 18500)}/v1")

    assert caught.value.kind == "connect"


async def test_a_silent_server_is_waited_for_until_the_deadline():
    with serving(stream(token("Hi"), 9.0)) as server, pytest.raises(TimeoutError):
        await ask(server.url, seconds=0.3)
