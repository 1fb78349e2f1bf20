"""What goes to the model, and what of it came from where. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from companion_site.providers.base import ChatMessage


@dataclass(frozen=True, slots=True)
class Limits:
    """How many tokens, by estimate, each part of a prompt may take, and how many examples show the character.

    `near_examples` exchanges stand right before the fan's message, chosen by likeness; `examples` open the
    chat and never change, so that the model's prefix cache keeps them together with the card. A small model
    recites what it is told about itself: with `has_rules` false it is told nothing but shown examples.
    `after_reflex` is how many sentences it may add to the character's own reflex line, 0 for no limit.
    """

    card: int = 2400
    examples: int = 10
    near_examples: int = 0
    history: int = 5000
    history_step: int = 1
    longest: int = 1200
    notes: int = 700
    lore: int = 900
    message: int = 2000
    has_rules: bool = True
    after_reflex: int = 0


@dataclass(frozen=True, slots=True)
class Prompt:
    """A rendered prompt. `used` says for each part what was chosen, for the trace."""

    messages: tuple[ChatMessage, ...]
    stop: tuple[str, ...]
    tokens: int
    limits: Limits = field(default_factory=Limits)
    used: Mapping[str, object] = field(default_factory=dict)

    @property
    def hash(self) -> str:
        """Return the SHA-256 of the messages, so that equal prompts can be told from different ones."""
        return digest(self.messages)

    def with_last(self, content: str) -> Prompt:
        """Return this prompt ending in the prefill `content`."""
        messages = self.messages
        if messages and messages[-1].role == "assistant":
            messages = messages[:-1]
        return Prompt((*messages, ChatMessage("assistant", content)), self.stop, self.tokens, self.limits, self.used)


def digest(messages: Sequence[ChatMessage]) -> str:
    rows = [[message.role, message.content] for message in messages]
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()
