"""Asking the OpenAI face as its clients do."""

from __future__ import annotations

import json

from asgiref.sync import async_to_sync
from django.test import Client

from accounts import keys

NODS = "*nods softly* I'm here. Take your time, I'm listening."


def secret_of(user, **changes) -> str:
    return keys.create_key(user, **{"name": "Test", "scopes": ["chat", "read"], **changes}).secret


def client_of(user, **changes) -> Client:
    return Client(headers={"authorization": f"Bearer {secret_of(user, **changes)}"})


def chat(*texts: str) -> list[dict]:
    """Return messages: `u:` the user's, `a:` the assistant's, `s:` the system's."""
    roles = {"u": "user", "a": "assistant", "s": "system"}
    return [{"role": roles[text[0]], "content": text[2:]} for text in texts]


def ask(client, *texts: str, headers=None, **body):
    """Ask for a completion and return the answer as it came."""
    data = {"model": "mira", "messages": chat(*texts), **body}
    return client.post("/v1/chat/completions", data, content_type="application/json", headers=headers or {})


def said(response) -> str:
    assert response.status_code == 200, response.content
    return response.json()["choices"][0]["message"]["content"]


def chunks(response) -> list:
    """Return the decoded events of a streamed answer; the last one is "[DONE]"."""
    raw = async_to_sync(_drained)(response.streaming_content).decode()
    events = [block.removeprefix("data: ") for block in raw.split("\n\n") if block.startswith("data: ")]
    return [event if event == "[DONE]" else json.loads(event) for event in events]


def streamed(response) -> str:
    found = [event for event in chunks(response) if event != "[DONE]" and event.get("choices")]
    return "".join(event["choices"][0]["delta"].get("content", "") for event in found)


async def _drained(parts) -> bytes:
    return b"".join([part async for part in parts])
