"""Asks the model for the words of a reply: time-outs and one retry before the first token, trimmed as it comes."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing
from time import perf_counter

from chat.prompts.prompt import Prompt
from chat.prompts.reply import Trimmer
from chat.turn import Turn
from companion_site.providers import chat_models
from companion_site.providers.base import ChatModel, Chunk, ModelError, Sampling

logger = logging.getLogger(__name__)

# Worth a second try while nothing was said: a full or restarting server, a lost connection. Not a time-out:
# whoever has waited that long should hear the character's own line, not wait as long again.
_PASSING = frozenset({"connect", "limit", "server", "broken"})
# A reader gets about twelve frames a second: what arrives sooner waits for the next one. Meanwhile the tokens
# gather in the socket, and reading several at once costs little more than reading one.
_FRAME_SECONDS = 0.08
_REST_SECONDS = 0.06
# OpenAI takes no more stop strings than this; the trimmer minds all of them anyway.
_STOPS = 4
# How much more freely a second try is drawn: the first one was an echo or an assistant.
_WARMER = 0.25


def model() -> ChatModel:
    return chat_models["default"]


def sampling(turn: Turn, prompt: Prompt, *, retry: int = 0) -> Sampling:
    """Return how to draw this reply; a silent second try is drawn warmer, from another seed."""
    scene = turn.scene
    assert scene is not None  # the scene stage runs before
    return Sampling(
        temperature=round(scene.temperature + _WARMER * retry, 2),
        top_p=scene.top_p,
        max_tokens=scene.max_tokens,
        stop=prompt.stop[:_STOPS],
        seed=turn.seed + retry,
    )


async def words(turn: Turn, prompt: Prompt, *, retry: int = 0) -> AsyncGenerator[str, None]:
    """Yield the reply's text, cleaned, in pieces worth showing. Raises `ModelError` when the model fails.

    Sets `turn.finish_reason` and the token counts of the trace.
    """
    chosen = model()
    turn.model = chosen.name
    trimmer = Trimmer(
        name=turn.cast.sheet.char,
        prefill=turn.prefill,
        stop=prompt.stop,
        sentences=prompt.limits.after_reflex if turn.reflex else 0,
    )
    held = ""
    shown_at = 0.0
    stream = _stream(chosen, prompt, sampling(turn, prompt, retry=retry), turn)
    try:
        async with aclosing(stream):
            async for text in stream:
                held += trimmer.feed(text)
                now = perf_counter()
                if trimmer.is_done:
                    turn.finish_reason = trimmer.reason
                    break
                if held and now - shown_at >= _FRAME_SECONDS:
                    yield held
                    held, shown_at = "", now
                    await asyncio.sleep(_REST_SECONDS)
    except ModelError:
        # What came before it broke is the character's word.
        if held := held + trimmer.finish():
            yield held
        raise
    if held := held + trimmer.finish():
        yield held


async def _stream(chosen: ChatModel, prompt: Prompt, how: Sampling, turn: Turn) -> AsyncGenerator[str, None]:
    """Yield raw text; try once more while nothing has come. The provider keeps the time-outs."""
    for attempt in (1, 2):
        has_begun = False
        began = perf_counter()
        try:
            async with aclosing(chosen.stream(prompt.messages, how)) as chunks:
                async for chunk in chunks:
                    if chunk.text:
                        if not has_begun:
                            has_begun = True
                            turn.timings["model_first_token"] = round((perf_counter() - began) * 1000, 2)
                        yield chunk.text
                    if chunk.finish_reason:
                        _note_end(turn, chunk)
            return
        except ModelError as error:
            logger.warning("model %s: %s (attempt %s, begun %s)", chosen.name, error.kind, attempt, has_begun)
            if has_begun or attempt == 2 or error.kind not in _PASSING:
                raise
            await asyncio.sleep(random.uniform(0.05, 0.25))  # noqa: S311 - jitter, not a secret


def _note_end(turn: Turn, chunk: Chunk) -> None:
    turn.finish_reason = chunk.finish_reason
    turn.trace["tokens"] = {"prompt": chunk.prompt_tokens, "completion": chunk.completion_tokens}
