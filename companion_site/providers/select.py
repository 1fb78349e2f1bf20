"""Chooses the chat model when nobody has configured one: a better one the user has wins over the embedded one."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.module_loading import import_string

from companion_site.providers import chat_models
from companion_site.providers.base import Answer, ChatMessage, ChatModel, Chunk, ModelError, Sampling
from companion_site.providers.embedded.catalogue import chat_model_file
from companion_site.providers.ollama import ollama_model

FRESH_SECONDS = 30.0
NEVER = float("-inf")
REMOTE = "companion_site.providers.openai_compatible.OpenAICompatibleChatModel"
EMBEDDED = "companion_site.providers.embedded.chat.EmbeddedChatModel"


@dataclass(frozen=True, slots=True)
class Choice:
    """A model that could answer: what it is called, and how to build it."""

    backend: str
    name: str
    label: str
    options: Mapping[str, object] = field(default_factory=dict)


def _remote(model: str, base_url: str, **options: object) -> Choice:
    host = urlsplit(base_url).hostname or "OpenAI"
    return Choice(REMOTE, f"{host}/{model}", f"{model} · {host}", {"model": model, "base_url": base_url, **options})


class BestAvailableChatModel:
    """OPENAI_BASE_URL/OPENAI_API_KEY where set, else a local Ollama that answers, else the embedded model.

    Ollama is asked again every 30 seconds, beside the requests: the answer of the last time stands meanwhile.
    """

    def __init__(self) -> None:
        self._fixed: Choice | None = None
        if settings.OPENAI_BASE_URL or settings.OPENAI_API_KEY:
            self._fixed = _remote(settings.OPENAI_MODEL, settings.OPENAI_BASE_URL, api_key=settings.OPENAI_API_KEY)
        file = chat_model_file()
        self._embedded = Choice(EMBEDDED, f"embedded/{file.path.stem}", file.title)
        self._ollama: Choice | None = None
        self._asked_at = NEVER
        self._asking = threading.Lock()
        self._built: tuple[Choice, ChatModel] | None = None

    @property
    def name(self) -> str:
        """The model that would answer now, as far as is known; never waits."""
        return self._choice.name

    @property
    def label(self) -> str:
        """Who answers, in words for people; never waits."""
        return self._choice.label

    @property
    def takes_adapters(self) -> bool:
        return False

    async def stream(self, messages: Sequence[ChatMessage], sampling: Sampling) -> AsyncGenerator[Chunk, None]:
        model = await self.chosen()
        try:
            async with aclosing(model.stream(messages, sampling)) as chunks:
                async for chunk in chunks:
                    yield chunk
        except ModelError as exc:
            self._doubt(exc)
            raise

    async def complete(
        self, messages: Sequence[ChatMessage], sampling: Sampling, *, json_schema: Mapping[str, object] | None = None
    ) -> Answer:
        model = await self.chosen()
        try:
            return await model.complete(messages, sampling, json_schema=json_schema)
        except ModelError as exc:
            self._doubt(exc)
            raise

    async def warm(self, messages: Sequence[ChatMessage], *, adapter: str = "") -> None:
        model = await self.chosen()
        await model.warm(messages, adapter=adapter)

    async def chosen(self) -> ChatModel:
        """Return the model that answers now; the first call looks for an Ollama and waits for the answer."""
        if not self._fixed and self._asked_at == NEVER and self._asking.acquire(blocking=False):
            await asyncio.to_thread(self._ask)
        choice = self._choice
        if self._built is None or self._built[0] != choice:
            # The openai package takes half a second to import: not on the event loop, and only where it is used.
            self._built = (choice, await asyncio.to_thread(_build, choice))
        return self._built[1]

    @property
    def _choice(self) -> Choice:
        """The choice of the moment; asks Ollama again in the background when its last answer is old."""
        if self._fixed:
            return self._fixed
        if time.monotonic() - self._asked_at > FRESH_SECONDS and self._asking.acquire(blocking=False):
            threading.Thread(target=self._ask, name="ask-ollama", daemon=True).start()
        return self._ollama or self._embedded

    def _ask(self) -> None:
        try:
            found = ollama_model()
            self._ollama = _remote(found, f"{settings.OLLAMA_URL}/v1", dialect="ollama") if found else None
            self._asked_at = time.monotonic()
        finally:
            self._asking.release()

    def _doubt(self, error: ModelError) -> None:
        """Ask at once whether Ollama still lives when it could not be reached."""
        if error.kind == "connect":
            self._asked_at = NEVER


def _build(choice: Choice) -> ChatModel:
    model: ChatModel = import_string(choice.backend)(**choice.options)
    return model


def describe() -> str:
    """Return which model answers, in words for the footer and the doctor; never waits for the network."""
    model = chat_models["default"]
    return str(getattr(model, "label", model.name))
