"""A model whose calls differ, and scorers that misbehave, named by settings in tests."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from chat.scoring import Score
from companion_site.providers.base import Answer, ChatMessage, Chunk, ModelError, Sampling
from companion_site.providers.fake import pieces


@dataclass
class ManyModel:
    """Answers each call by its own line of `script`: text, seconds before it, what it fails with after its words."""

    script: Sequence[Sequence[object]] = ()
    answer: str = ""
    name: str = "fake/many"
    calls: list[Sampling] = field(default_factory=list)
    asked: list[tuple[ChatMessage, ...]] = field(default_factory=list)
    closed: int = 0
    begun: asyncio.Queue[int] = field(default_factory=asyncio.Queue)

    async def stream(self, messages: Sequence[ChatMessage], sampling: Sampling):
        text, seconds, failure = (*self.script[min(len(self.calls), len(self.script) - 1)], 0, "")[:3]
        self.calls.append(sampling)
        self.begun.put_nowait(len(self.calls))
        try:
            await asyncio.sleep(seconds)
            for piece in pieces(text):
                yield Chunk(text=piece)
            if failure:
                raise ModelError(failure)
            yield Chunk(finish_reason="stop", prompt_tokens=10, completion_tokens=len(pieces(text)))
        finally:
            self.closed += 1

    async def complete(self, messages, sampling, *, json_schema=None) -> Answer:
        self.asked.append(tuple(messages))
        if self.answer == "fails":
            raise ModelError("server")
        if self.answer == "hangs":
            await asyncio.sleep(60)
        return Answer(self.answer, 7, 5)

    async def warm(self, messages, *, adapter: str = "") -> None:
        return None


class LikesGulls:
    """A reward model that asks somebody else."""

    async def score(self, candidate, context) -> Score:
        await asyncio.sleep(0)
        return Score(1.0 if "gull" in candidate.text else 0.0, ("gulls",))


class Hangs:
    async def score(self, candidate, context) -> Score:
        await asyncio.sleep(60)
        return Score(1.0)


class Breaks:
    def score(self, candidate, context) -> Score:
        raise RuntimeError("a scorer's bug")


class Exaggerates:
    def score(self, candidate, context) -> Score:
        return Score(7.0)
