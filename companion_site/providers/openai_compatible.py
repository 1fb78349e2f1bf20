"""Any server that speaks OpenAI's chat completions: a cloud, vLLM, Ollama, llama.cpp.

Requests go by the openai package, to this house's own servers by a plainer wire; the stream is read raw (see
`reply_stream`).
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from django.utils.module_loading import import_string

from companion_site.providers.base import Answer, ChatMessage, Chunk, ModelError, Sampling
from companion_site.providers.plain_http import PlainWire
from companion_site.providers.reply_stream import PrefillStripper, ReplyReader, clean, token_counts
from companion_site.providers.thoughts import ThoughtStripper
from companion_site.providers.wire import Incoming, Wire, whole

logger = logging.getLogger(__name__)

Dialect = Literal["openai", "ollama", "llama", "vllm"]
PACKAGE = "companion_site.providers.package_wire.PackageWire"
OPENAI = {"OpenAI", "api.openai.com"}
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True, slots=True)
class Patience:
    """How many seconds to wait for what (the package's own: 600, and two silent retries)."""

    connect: float = 5.0
    first_token: float = 20.0
    idle: float = 15.0
    complete: float = 90.0
    # After the finish reason only token counts can follow; nobody waits long for those.
    tail: float = 0.5


PATIENCE = Patience()


class OpenAICompatibleChatModel:
    """A chat model behind an OpenAI-compatible address.

    The dialects "llama" and "vllm" also send the fields that only those servers know. `warm` works on this house's
    own servers (every dialect but "openai"); elsewhere it would cost money. With `adapters` the server keeps LoRA
    adapters and serves each under its own name; `extra` goes into every request as it is.
    """

    def __init__(  # noqa: PLR0913 - each is an option that an operator may name in CHAT_MODELS
        self,
        model: str,
        *,
        base_url: str = "",
        api_key: str = "",
        dialect: Dialect = "openai",
        patience: Patience | Mapping[str, float] = PATIENCE,
        adapters: bool = False,
        extra: Mapping[str, object] | None = None,
    ) -> None:
        if dialect not in get_args(Dialect):
            raise ValueError(f"dialect {dialect!r} is none of {', '.join(get_args(Dialect))}")
        self.model = model
        self.base_url = base_url
        self.dialect = dialect
        self.patience = patience if isinstance(patience, Patience) else replace(PATIENCE, **patience)
        self.takes_adapters = adapters
        self.extra = dict(extra or {})
        self._api_key = api_key
        # A connection belongs to the event loop it was opened in; workers and tests have several.
        self._wires: WeakKeyDictionary[asyncio.AbstractEventLoop, Wire] = WeakKeyDictionary()

    @property
    def host(self) -> str:
        """Whom the words go to, as shown to people."""
        return urlsplit(self.base_url).hostname or "OpenAI"

    @property
    def name(self) -> str:
        return f"{self.host}/{self.model}"

    async def stream(self, messages: Sequence[ChatMessage], sampling: Sampling) -> AsyncGenerator[Chunk, None]:
        """Yield the reply as it is made, then a chunk with finish reason and token counts."""
        deadline = asyncio.get_running_loop().time() + self.patience.first_token
        incoming = await self._open(self._body(messages, sampling, stream=True), deadline)
        reader = ReplyReader(prefill=_prefill(messages))
        is_silent = True
        try:
            while not reader.is_done:
                data = await self._receive(incoming, deadline, reader, is_silent=is_silent)
                text = reader.feed(data) if data else reader.close()
                if text:
                    is_silent = False
                    yield Chunk(text, is_all=incoming.takes_all)
                if reader.error:
                    raise reader.error
                if not data:
                    break
                deadline = self._next_deadline(deadline, reader, has_text=bool(text))
            await self._drain(incoming)
            if reader.is_done and (held := reader.close()):
                yield Chunk(held)
        finally:
            await incoming.aclose()
        yield Chunk("", reader.finish_reason or "stop", reader.prompt_tokens, reader.completion_tokens)

    async def complete(
        self, messages: Sequence[ChatMessage], sampling: Sampling, *, json_schema: Mapping[str, object] | None = None
    ) -> Answer:
        """Return the whole reply; with `json_schema`, JSON text (or `ModelError("refused")`)."""
        body = self._body(messages, sampling, stream=False)
        if json_schema is not None:
            body["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "reply", "schema": dict(json_schema)},
            }
        try:
            found = json.loads(await self._whole(body))
            text = clean(found["choices"][0]["message"]["content"] or "")
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as exc:
            raise ModelError("broken", "the model server's answer is not what was asked for") from exc
        thoughts = ThoughtStripper()
        text = thoughts.feed(text) + thoughts.close()
        if json_schema is not None:
            text = _json_in(text)
        stripper = PrefillStripper(_prefill(messages))
        return Answer(stripper.feed(text) + stripper.close(), *token_counts(found))

    async def warm(self, messages: Sequence[ChatMessage], *, adapter: str = "") -> None:
        """Let an own server load the model and fill its prefix cache; do nothing elsewhere, or when it is away."""
        if self.dialect == "openai":
            return
        body = self._body(messages, Sampling(max_tokens=1, adapter=adapter), stream=False)
        try:
            await self._whole(body)
        except ModelError as exc:
            logger.info("prompt not warmed: %s", exc.kind)

    async def aclose(self) -> None:
        """Close the connections of the running event loop."""
        wire = self._wires.pop(asyncio.get_running_loop(), None)
        if wire is not None:
            await wire.aclose()

    def _body(self, messages: Sequence[ChatMessage], sampling: Sampling, *, stream: bool) -> dict[str, Any]:
        # OpenAI itself has retired the old name; everybody else understands only that one.
        limit = "max_completion_tokens" if self.host in OPENAI else "max_tokens"
        body: dict[str, Any] = {
            "model": (self.takes_adapters and sampling.adapter) or self.model,
            "messages": [{"role": message.role, "content": message.content} for message in messages],
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            limit: sampling.max_tokens,
            "stream": stream,
        }
        if stream:
            body["stream_options"] = {"include_usage": True}
        if sampling.stop:
            body["stop"] = list(sampling.stop)
        if sampling.seed is not None:
            body["seed"] = sampling.seed
        return body | self._own_fields(messages, sampling) | self.extra | dict(sampling.extra)

    def _own_fields(self, messages: Sequence[ChatMessage], sampling: Sampling) -> dict[str, object]:
        if self.dialect == "llama":
            return {
                "repeat_penalty": sampling.repeat_penalty,
                "dry_multiplier": sampling.dry_multiplier,
                "cache_prompt": True,
            }
        if self.dialect == "vllm":
            # Without these two vLLM closes the prefill and begins a new message after it.
            is_open = bool(_prefill(messages))
            prefill = {"continue_final_message": True, "add_generation_prompt": False} if is_open else {}
            return {"repetition_penalty": sampling.repeat_penalty, **prefill}
        return {}

    async def _open(self, body: dict[str, Any], deadline: float) -> Incoming:
        try:
            async with asyncio.timeout_at(deadline):
                return await self._wire().post(body)
        except TimeoutError as exc:
            raise ModelError("timeout", f"no answer from {self.host} in time") from exc

    async def _whole(self, body: dict[str, Any]) -> bytes:
        deadline = asyncio.get_running_loop().time() + self.patience.complete
        incoming = await self._open(body, deadline)
        try:
            return await whole(incoming, deadline)
        except TimeoutError as exc:
            raise ModelError("timeout", f"no whole answer from {self.host} in time") from exc
        finally:
            await incoming.aclose()

    async def _receive(self, incoming: Incoming, deadline: float, reader: ReplyReader, *, is_silent: bool) -> bytes:
        try:
            return await incoming.read(deadline)
        except (TimeoutError, ModelError) as exc:
            # What breaks after the end of a reply breaks nothing.
            if reader.finish_reason:
                return b""
            if isinstance(exc, ModelError):
                raise
            raise ModelError("timeout" if is_silent else "stalled") from exc

    async def _drain(self, incoming: Incoming) -> None:
        """Read the end of the body, so that the connection can be used for the next reply."""
        with suppress(TimeoutError, ModelError):
            await incoming.read(asyncio.get_running_loop().time() + self.patience.tail)

    def _next_deadline(self, last: float, reader: ReplyReader, *, has_text: bool) -> float:
        """Return until when to wait for more; only words put it off, no heartbeat does."""
        now = asyncio.get_running_loop().time()
        if reader.finish_reason:
            return min(last, now + self.patience.tail)
        return now + self.patience.idle if has_text else last

    def _wire(self) -> Wire:
        loop = asyncio.get_running_loop()
        wire = self._wires.get(loop)
        if wire is None:
            wire = self._wires[loop] = self._new_wire()
        return wire

    def _new_wire(self) -> Wire:
        # A proxy of the environment has nothing to say about this house's own servers.
        is_own = self.dialect != "openai" or self.host in LOOPBACK
        connect = self.patience.connect
        if is_own and urlsplit(self.base_url).scheme == "http":
            # llama.cpp's server offers keep-alive and then hangs up on one request in eight that uses it.
            keeps = self.dialect != "llama"
            return PlainWire(self.base_url, self._api_key, connect_seconds=connect, keeps=keeps)
        # The package takes half a second and 40 MB to import: not where nobody needs it.
        package: type[Wire] = import_string(PACKAGE)
        return package(self.base_url, self._api_key, connect_seconds=connect, is_own=is_own)  # type: ignore[call-arg]


def _prefill(messages: Sequence[ChatMessage]) -> str:
    return messages[-1].content if messages and messages[-1].role == "assistant" else ""


def _json_in(text: str) -> str:
    """Return the JSON object in an answer: a server that ignores the schema may still put one between other words."""
    found = text[text.find("{") : text.rfind("}") + 1]
    try:
        json.loads(found)
    except (ValueError, RecursionError) as exc:
        # The model is well, it only does not do this.
        raise ModelError("refused", "the model's answer is not what was asked for") from exc
    return found
