"""The objects of OpenAI's API as we fill them. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from chat.usage import Usage

Finish = Literal["stop", "length", "content_filter"]
DONE = b"data: [DONE]\n\n"


def model(name: str, *, created: int, owner: str, title: str) -> dict[str, object]:
    """Return one model; `title` is the character's name, which OpenAI's models do not have."""
    return {"id": name, "object": "model", "created": created, "owned_by": owner, "name": title}


def finish_of(status: str, reason: str) -> Finish:
    """Return why a reply ended, by its status and what the model said."""
    if status == "blocked":
        return "content_filter"
    return "length" if status == "interrupted" or reason == "length" else "stop"


def usage(used: Usage) -> dict[str, int]:
    total = used.prompt_tokens + used.completion_tokens
    return {
        "prompt_tokens": used.prompt_tokens,
        "completion_tokens": used.completion_tokens,
        "total_tokens": total,
    }


@dataclass(frozen=True, slots=True)
class Frame:
    """What every piece of one answer begins with."""

    id: str
    created: int
    model: str
    has_usage: bool = False

    def whole(self, text: str, finish: Finish, used: Usage) -> dict[str, object]:
        """Return the answer in one piece."""
        message = {"role": "assistant", "content": text, "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}
        return {**self._head("chat.completion"), "choices": [choice], "usage": usage(used)}

    def chunk(self, delta: Mapping[str, object], finish: Finish | None = None) -> bytes:
        """Return one piece of a streamed answer."""
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return self._event({"choices": [choice], **({"usage": None} if self.has_usage else {})})

    def usage_chunk(self, used: Usage) -> bytes:
        return self._event({"choices": [], "usage": usage(used)})

    def _event(self, members: Mapping[str, object]) -> bytes:
        return event({**self._head("chat.completion.chunk"), **members})

    def _head(self, kind: str) -> dict[str, object]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}


def event(data: Mapping[str, object]) -> bytes:
    """Return an event of a stream that has no names and no ids."""
    return f"data: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n".encode()
