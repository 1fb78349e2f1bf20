"""The OpenAI face as the server calls it: on the event loop, past the middlewares of the pages."""

from __future__ import annotations

import asyncio
import json

import pytest
from asgiref.sync import sync_to_async
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from chat.openai.serving import FaceHandler, wants
from chat.tests.factories import on_a_loop
from chat.tests.openai import chat, secret_of


class Caller:
    """One request to the handler; keeps what it answers."""

    def __init__(self, path: str, *, secret: str = "", host: str = "127.0.0.1", body: object = None) -> None:
        headers = [(b"host", host.encode()), (b"content-type", b"application/json")]
        headers += [(b"authorization", f"Bearer {secret}".encode())] if secret else []
        self.scope = {
            "type": "http",
            "method": "GET" if body is None else "POST",
            "path": path,
            "query_string": b"",
            "headers": headers,
            "server": ("127.0.0.1", 80),
        }
        self.body = b"" if body is None else json.dumps(body).encode()
        self.sent: list[dict] = []
        self.never = asyncio.Event()
        self.has_read = False

    async def receive(self) -> dict:
        if not self.has_read:
            self.has_read = True
            return {"type": "http.request", "body": self.body}
        await self.never.wait()
        raise AssertionError("nobody sets it")

    async def send(self, message: dict) -> None:
        self.sent.append(message)

    async def answer(self, handler: FaceHandler) -> tuple[int, dict[str, str], bytes]:
        await handler(self.scope, self.receive, self.send)
        headers = {name.decode().lower(): value.decode() for name, value in self.sent[0]["headers"]}
        return self.sent[0]["status"], headers, b"".join(message.get("body", b"") for message in self.sent[1:])


@pytest.mark.parametrize(
    ("path", "is_ours"),
    [("/v1/models", True), ("/v1/", True), ("/v1", False), ("/api/v1/me/", False), ("/chat/", False)],
)
def test_the_face_has_its_own_addresses(path, is_ours):
    assert wants({"type": "http", "path": path}) is is_ours
    assert not wants({"type": "lifespan"})


@pytest.fixture(autouse=True)
def kept_connection():
    """Keep the connection whose transaction the test lives in, as Django's own client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@on_a_loop
async def test_a_turn_is_answered_past_the_middlewares(fan, mira):
    secret = await sync_to_async(secret_of)(fan)

    status, headers, body = await Caller(
        "/v1/chat/completions", secret=secret, body={"model": "mira", "messages": chat("u:Hello")}
    ).answer(FaceHandler())

    assert status == 200
    assert json.loads(body)["choices"][0]["message"]["role"] == "assistant"
    assert headers["content-type"] == "application/json"
    assert len(headers["x-request-id"]) == 32


@on_a_loop
async def test_refusals_and_strange_hosts_are_answered_there_too(db):
    refused = await Caller("/v1/models").answer(FaceHandler())
    missing = await Caller("/v1").answer(FaceHandler())
    strange = await Caller("/v1/models", host="evil.example").answer(FaceHandler())

    assert (refused[0], json.loads(refused[2])["error"]["code"]) == (401, "invalid_api_key")
    assert missing[0] == 404
    assert strange[0] == 400


@on_a_loop
async def test_a_body_that_does_not_come_is_not_waited_for(db):
    caller = Caller("/v1/chat/completions", body={})
    caller.has_read = True  # the next thing it would read never comes

    await FaceHandler(body_seconds=0.05)(caller.scope, caller.receive, caller.send)

    assert caller.sent == []
