"""What a vendor must be able to do, as Protocols of one or two methods; it knows no vendor and no Django."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of a prompt. A last message of role `assistant` is a prefill: the model goes on from it."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """How to draw the reply. `max_tokens` bounds the reply, not the prompt.

    `adapter` names a LoRA adapter that the model's server keeps, for models that take adapters.
    """

    temperature: float = 0.8
    top_p: float = 0.95
    max_tokens: int = 120
    repeat_penalty: float = 1.08
    dry_multiplier: float = 0.8
    stop: tuple[str, ...] = ()
    seed: int | None = None
    adapter: str = ""
    extra: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a reply; the last one carries `finish_reason` ("stop", "length") and maybe token counts.

    The text never repeats the prefill. `is_all` says that nothing more had come when it was read.
    """

    text: str = ""
    finish_reason: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    is_all: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole reply, with token counts where the model's server told them."""

    text: str
    prompt_tokens: int = 0
    completion_tokens: int = 0


class ModelError(Exception):
    """A model could not answer. `kind` says why, in one of these words.

    Nobody can be answered: connect, auth, limit, server, timeout, broken (no sense in the answer), missing (no such
    model or adapter), stalled (silent in mid-reply), resting (not asked, after many failures). This one request
    cannot: refused.
    """

    def __init__(self, kind: str, message: str = "") -> None:
        self.kind = kind
        super().__init__(message or kind)


class ChatModel(Protocol):
    """A model that answers chat prompts. Raises only `ModelError`."""

    @property
    def name(self) -> str:
        """Vendor and model, as stored with each reply and shown to operators."""
        ...

    @property
    def takes_adapters(self) -> bool:
        """Whether the model's server keeps LoRA adapters and serves each under its own name."""
        ...

    def stream(self, messages: Sequence[ChatMessage], sampling: Sampling) -> AsyncGenerator[Chunk, None]:
        """Yield the reply as it is made. Closing the iterator stops the model."""
        ...

    async def complete(
        self, messages: Sequence[ChatMessage], sampling: Sampling, *, json_schema: Mapping[str, object] | None = None
    ) -> Answer:
        """Return the whole reply, as JSON text obeying `json_schema` where one is given."""
        ...

    async def warm(self, messages: Sequence[ChatMessage], *, adapter: str = "") -> None:
        """Fill the model's prefix cache for a prompt that will come soon; never raises."""
        ...


class EmbeddingModel(Protocol):
    """Turns texts into unit vectors of `dimensions` floats."""

    dimensions: int

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one vector a text, in order. CPU-bound: never on the event loop."""
        ...


class SpeechModel(Protocol):
    """Speaks a text with a voice; returns WAV bytes (mono, 24 kHz)."""

    def synthesize(self, text: str, *, voice: str, speed: float = 1.0, pitch: float = 0.0) -> bytes: ...


class ImageClassifier(Protocol):
    """Scores an image for unsafe content, 0.0 to 1.0."""

    def classify(self, image: bytes) -> float: ...
