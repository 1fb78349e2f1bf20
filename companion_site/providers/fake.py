"""Deterministic models for tests and benchmarks: they know no vendor and open no socket."""

from __future__ import annotations

import asyncio
import hashlib
import json
import math
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field

from companion_site.core.text import language_of
from companion_site.providers.base import Answer, ChatMessage, Chunk, ModelError, Sampling

REPLIES = {
    "zh-Hans": "*轻轻点头* 我在，你慢慢说，我听着。",
    "en": "*nods softly* I'm here. Take your time, I'm listening.",
}
_HAN = "\u3400-\u9fff\uf900-\ufaff"
_PIECE = re.compile(rf"\s*(?:[{_HAN}]{{1,2}}|[^\s{_HAN}]+)|\s+")
_TOKEN = re.compile(rf"[{_HAN}]|[^\W_{_HAN}]+")


def pieces(text: str) -> list[str]:
    """Cut a text as a model would stream it: word by word, two Han characters at a time; joined it is the text."""
    return _PIECE.findall(text)


@dataclass(frozen=True, slots=True)
class FakeCall:
    """What one call of the model was given."""

    messages: tuple[ChatMessage, ...]
    sampling: Sampling
    json_schema: Mapping[str, object] | None = None


@dataclass
class FakeChatModel:
    """Answers from a script, or with one stable line in the language of the last user message.

    `replies` are given one a call, the last one again and again; `reply` is the same with one.
    `delay_seconds` passes before each chunk. With `fail_with` (a `ModelError` kind) the model
    fails after `fail_after` chunks; an adapter that is not among `adapters` is missing. With `counts` off it tells
    no token counts. A script that begins with the prefill is not repeated.
    """

    reply: str = ""
    replies: Sequence[str] = ()
    delay_seconds: float = 0.0
    fail_with: str = ""
    fail_after: int = 0
    name: str = "fake/echo"
    adapters: Sequence[str] = ()
    counts: bool = True
    calls: list[FakeCall] = field(default_factory=list)
    warmed: list[tuple[ChatMessage, ...]] = field(default_factory=list)

    @property
    def takes_adapters(self) -> bool:
        return bool(self.adapters)

    async def stream(self, messages: Sequence[ChatMessage], sampling: Sampling) -> AsyncGenerator[Chunk, None]:
        """Yield the script piece by piece, then a chunk with the finish reason and token counts."""
        parts = pieces(self._next_text(messages, sampling, None))
        given = parts[: sampling.max_tokens]
        for number, part in enumerate(given):
            await asyncio.sleep(self.delay_seconds)
            self._maybe_fail(number)
            yield Chunk(text=part)
        self._maybe_fail(len(given))
        yield Chunk(
            finish_reason="stop" if len(given) == len(parts) else "length",
            prompt_tokens=_read(messages) * self.counts,
            completion_tokens=len(given) * self.counts,
        )

    async def complete(
        self, messages: Sequence[ChatMessage], sampling: Sampling, *, json_schema: Mapping[str, object] | None = None
    ) -> Answer:
        """Return the script at once; with a schema and no script, a minimal object of that schema."""
        text = self._next_text(messages, sampling, json_schema)
        await asyncio.sleep(self.delay_seconds)
        self._maybe_fail(self.fail_after)
        return Answer(text, _read(messages) * self.counts, len(pieces(text)) * self.counts)

    async def warm(self, messages: Sequence[ChatMessage], *, adapter: str = "") -> None:
        """Remember what was warmed."""
        self.warmed.append(tuple(messages))

    def _maybe_fail(self, number: int) -> None:
        if self.fail_with and number >= self.fail_after:
            raise ModelError(self.fail_with)

    def _next_text(
        self, messages: Sequence[ChatMessage], sampling: Sampling, json_schema: Mapping[str, object] | None
    ) -> str:
        script = list(self.replies) or ([self.reply] if self.reply else [])
        turn = min(len(self.calls), len(script) - 1)
        self.calls.append(FakeCall(tuple(messages), sampling, json_schema))
        if self.adapters and sampling.adapter and sampling.adapter not in self.adapters:
            raise ModelError("missing")
        if script:
            text = script[turn]
        elif json_schema is not None:
            text = json.dumps(_minimal(json_schema), ensure_ascii=False)
        else:
            said = next((m.content for m in reversed(messages) if m.role == "user"), "")
            text = REPLIES[language_of(said)]
        if messages and messages[-1].role == "assistant":
            text = text.removeprefix(messages[-1].content)
        for stop in sampling.stop:
            text = text.split(stop, 1)[0] if stop else text
        return text


def _read(messages: Sequence[ChatMessage]) -> int:
    return sum(len(pieces(message.content)) for message in messages)


_EMPTY: dict[str, object] = {"string": "", "integer": 0, "number": 0.0, "boolean": False, "array": []}


def _minimal(schema: Mapping[str, object]) -> object:
    choices = schema.get("enum")
    if isinstance(choices, list):
        return choices[0]
    properties = schema.get("properties")
    if isinstance(properties, Mapping):
        return {key: _minimal(value) for key, value in properties.items()}
    return _EMPTY.get(str(schema.get("type")), {})


class FakeEmbedder:
    """Hashed bag of words and Han characters: equal texts are 1.0 alike, texts that share no token about 0.0."""

    dimensions = 64

    def __init__(self) -> None:
        self.calls: list[list[str]] = []

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one unit vector a text; a text without tokens is the first basis vector."""
        self.calls.append(list(texts))
        return [self._vector(text) for text in texts]

    def _vector(self, text: str) -> list[float]:
        vector = [0.0] * self.dimensions
        for token in _TOKEN.findall(text.casefold()):
            digest = hashlib.blake2b(token.encode(), digest_size=8).digest()
            vector[int.from_bytes(digest, "big") % self.dimensions] += 1.0
        norm = math.hypot(*vector)
        return [value / norm for value in vector] if norm else [1.0, *vector[1:]]
