"""What goes to the model, and what of it came from where. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from companion_site.core.text import estimate_tokens
from companion_site.providers.base import ChatMessage, Role

# Each message costs some tokens of the chat template around it.
MESSAGE_OVERHEAD = 4
# These never flow into their neighbours: each example stands alone, and the chat begins after its line.
_APART = frozenset({"dialogueExamples", "newChat"})


@dataclass(frozen=True, slots=True)
class Limits:
    """A preset: how a prompt is laid out, and how many tokens, by estimate, each part of it may take.

    `context` is the whole prompt; the parts named after it are the most each may take of it. `examples` exchanges
    show the character (0: all blocks there is room for), and never change, so that the model's prefix cache keeps
    them together with the card; `near_examples` stand right before the fan's message, chosen by likeness.
    `messages` is how many of the newest messages are read. A window of history that no longer reaches the
    beginning moves on by `history_step` messages at a time; one message counts at most `longest` tokens.

    A small model recites what it is told about itself: with `has_rules` false it is told nothing but shown
    examples. `after_reflex` is how many sentences it may add to the character's own reflex line, 0 for no limit.
    With `pins_examples` they get room before the history does, and are played as turns of the chat. With
    `keeps_front` woken lore stands near the end, where it costs the prefix cache nothing; what is always in mind
    keeps its place.
    """

    preset: str = "default"
    context: int = 12000
    card: int = 3000
    examples: int = 0
    near_examples: int = 0
    history: int = 12000
    messages: int = 200
    history_step: int = 1
    longest: int = 1200
    notes: int = 700
    lore: int = 2400
    message: int = 2000
    has_rules: bool = True
    after_reflex: int = 0
    pins_examples: bool = False
    keeps_front: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a prompt under its name in the prompt manager's order. `tokens` by estimate, template included."""

    name: str
    role: Role
    text: str
    tokens: int


def part(name: str, role: Role, text: str) -> Part:
    return Part(name, role, text, weight(text) if text else 0)


@lru_cache(maxsize=16384)
def weight(text: str) -> int:
    """Return the tokens a message of this text costs; most of a prompt is the same text every turn."""
    return estimate_tokens(text) + MESSAGE_OVERHEAD


@dataclass(frozen=True, slots=True)
class Prompt:
    """A rendered prompt. `parts` are its pieces before neighbours were joined, `used` says what was chosen."""

    messages: tuple[ChatMessage, ...]
    stop: tuple[str, ...]
    tokens: int
    limits: Limits = field(default_factory=Limits)
    used: Mapping[str, object] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()

    @property
    def hash(self) -> str:
        """Return the SHA-256 of the messages, so that equal prompts can be told from different ones."""
        return digest(self.messages)

    @property
    def preset(self) -> str:
        return self.limits.preset

    def with_last(self, content: str) -> Prompt:
        """Return this prompt ending in the prefill `content`."""
        messages = self.messages
        if messages and messages[-1].role == "assistant":
            messages = messages[:-1]
        return replace(self, messages=(*messages, ChatMessage("assistant", content)))

    def counts(self) -> dict[str, int]:
        """Return the tokens of each part by its name, in the order of the prompt."""
        found: dict[str, int] = {}
        for piece in self.parts:
            found[piece.name] = found.get(piece.name, 0) + piece.tokens
        return found


@lru_cache(maxsize=32)
def digest(messages: tuple[ChatMessage, ...]) -> str:
    """Return the SHA-256 of messages; kept for a moment, because a turn stores it in two places."""
    rows = [[message.role, message.content] for message in messages]
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()


def joined(parts: Sequence[Part]) -> tuple[ChatMessage, ...]:
    """Return the messages of these parts, neighbours of one role in one message; what stands apart stays alone.

    Two fan messages in a row happen when a reply failed in between; many templates take one system message only.
    """
    rows: list[tuple[Role, list[str]]] = []
    before = ""
    for piece in parts:
        if not piece.text:
            continue
        is_alone = piece.name in _APART or before in _APART
        if rows and rows[-1][0] == piece.role and not is_alone:
            rows[-1][1].append(piece.text)
        else:
            rows.append((piece.role, [piece.text]))
        before = piece.name
    return tuple(ChatMessage(role, "\n".join(texts)) for role, texts in rows)
