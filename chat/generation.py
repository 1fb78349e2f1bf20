"""Asks the models for the words of a reply, trimmed as they come, and for whole answers besides.

Who is asked, and what happens when they fail, lies in `chat.asking`; the time-outs lie in the providers.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from time import perf_counter

from chat import asking
from chat.prompts.prompt import Prompt
from chat.prompts.reply import Trimmer
from chat.route import Route
from chat.turn import Turn
from chat.usage import Tally
from companion_site.providers.base import ChatMessage, ChatModel, Chunk, ModelError, Sampling

# A reader gets about sixteen frames a second: what arrives sooner waits for the next one. Meanwhile the tokens
# gather in the socket, and reading several at once costs little more than reading one. Where a read may leave some
# behind, the rest is shorter, so that nothing piles up.
_FRAME_SECONDS = 0.06
_REST_SECONDS = 0.045
# OpenAI takes no more stop strings than this; the trimmer minds all of them anyway.
_STOPS = 4
# How much more freely a second try is drawn: the first one was an echo or an assistant.
_WARMER = 0.25
_ANYONE = Route()


def model(route: Route = _ANYONE) -> ChatModel:
    """Return the model that would answer now: the first of the route that is not left in peace."""
    return asking.first_of(route)


def sampling(turn: Turn, prompt: Prompt, *, retry: int = 0) -> Sampling:
    """Return how to draw this reply; a silent second try is drawn warmer, from another seed."""
    scene = turn.scene
    assert scene is not None  # the scene stage runs before
    return Sampling(
        temperature=round(scene.temperature + _WARMER * retry, 2),
        top_p=scene.top_p,
        max_tokens=scene.max_tokens,
        stop=stops(turn, prompt)[:_STOPS],
        seed=turn.seed + retry,
    )


def stops(turn: Turn, prompt: Prompt) -> tuple[str, ...]:
    """Return the strings a reply ends before; what was asked for comes first."""
    return (*turn.wish.stop, *prompt.stop)


async def complete(
    route: Route,
    messages: Sequence[ChatMessage],
    sampling: Sampling,
    *,
    json_schema: Mapping[str, object] | None = None,
    tally: Tally | None = None,
) -> str:
    """Return a whole answer for a draft, a rewriting or a judgement; what it used is added to `tally`.

    With `json_schema` it is JSON text obeying it. Raises `ModelError` when nobody of the route answers.
    """
    used = Tally() if tally is None else tally
    return await asking.complete(route, messages, sampling, json_schema=json_schema, tally=used)


async def words(turn: Turn, prompt: Prompt, *, retry: int = 0) -> AsyncGenerator[str, None]:
    """Yield the reply's text, cleaned, in pieces worth showing. Raises `ModelError` when the models fail.

    Sets `turn.model` and `turn.finish_reason`; adds to `turn.tally`, and to the trace who was asked.
    """
    drawing = _Drawing(turn, prompt, retry)
    held = ""
    shown_at = 0.0
    try:
        async with aclosing(asking.stream(turn.route, turn.tally, drawing.prepare)) as stream:
            async for chunk in stream:
                held += drawing.take(chunk)
                if drawing.is_done:
                    break
                now = perf_counter()
                if held and (chunk.is_all or now - shown_at >= _FRAME_SECONDS):
                    yield held
                    held, shown_at = "", now
                    await asyncio.sleep(_FRAME_SECONDS if chunk.is_all else _REST_SECONDS)
    except ModelError:
        # What came before it broke is the character's word.
        if held := held + drawing.finish():
            yield held
        raise
    finally:
        _note(turn)
    if held := held + drawing.finish():
        yield held


class _Drawing:
    """One drawing of a reply: what is sent, made anew for whoever is asked, and what comes back, trimmed."""

    def __init__(self, turn: Turn, prompt: Prompt, retry: int) -> None:
        self._turn = turn
        self._prompt = prompt
        self._retry = retry
        self._began = perf_counter()
        self._has_begun = False
        self._trimmer = self._new_trimmer()

    @property
    def is_done(self) -> bool:
        return self._trimmer.is_done

    def prepare(self, name: str) -> tuple[Sequence[ChatMessage], Sampling]:
        """Return what to send to the model of this name."""
        turn = self._turn
        turn.model = name
        if turn.recast is not None and self._prompt is turn.prompt:
            # Another model may need a shorter prompt, or one laid out in another way.
            turn.recast(turn, name)
            self._prompt = turn.prompt
        self._trimmer = self._new_trimmer()
        return self._prompt.messages, sampling(turn, self._prompt, retry=self._retry)

    def take(self, chunk: Chunk) -> str:
        """Return what may be shown now of the next piece, and note how the reply ended."""
        turn = self._turn
        if chunk.finish_reason:
            turn.finish_reason = chunk.finish_reason
        if not chunk.text:
            return ""
        if not self._has_begun:
            self._has_begun = True
            turn.timings["model_first_token"] = round((perf_counter() - self._began) * 1000, 2)
        shown = self._trimmer.feed(chunk.text)
        if self._trimmer.is_done:
            turn.finish_reason = self._trimmer.reason
        return shown

    def finish(self) -> str:
        """Return what was held back at the end of the model's reply."""
        return self._trimmer.finish()

    def _new_trimmer(self) -> Trimmer:
        turn, prompt = self._turn, self._prompt
        return Trimmer(
            name=turn.cast.sheet.char,
            prefill=turn.prefill,
            stop=stops(turn, prompt),
            sentences=prompt.limits.after_reflex if turn.reflex else 0,
        )


def _note(turn: Turn) -> None:
    """Keep for the trace who was asked, and what the last of them used."""
    turn.trace["models"] = tries = turn.tally.tries
    last = next((row for row in reversed(tries) if row.get("prompt") or row.get("completion")), None)
    if last is not None:
        turn.trace["tokens"] = {name: last[name] for name in ("prompt", "completion", "estimated") if name in last}
