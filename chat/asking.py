"""Asks the models of a route for text: who is asked next when one fails, what each try used, and who is left in peace.

Before the first word the next alias is asked at once; after it nobody else is. All in all one request is made twice,
and only of the last alias that is left.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from django.conf import settings

from chat.prompts.prompt import weight
from chat.route import Route
from chat.usage import Tally, Usage, price_of
from companion_site.core.text import estimate_tokens
from companion_site.providers import chat_models
from companion_site.providers.base import Answer, ChatMessage, ChatModel, Chunk, ModelError, Sampling
from companion_site.providers.breaker import Breaker, Leave
from companion_site.providers.health import health

logger = logging.getLogger(__name__)

# What is over in a moment: a full or restarting server, a lost connection.
_PASSING = frozenset({"connect", "limit", "server", "broken"})
# A fan who waited longer than this for a failure should hear the character's own line, not wait as long again.
_QUICK_SECONDS = 1.0
_JITTER_SECONDS = (0.05, 0.25)
# How long an adapter that a server does not know is not asked for again.
_MISSING_SECONDS = 300.0
_MISSING_KEPT = 1024

Prepare = Callable[[str], tuple[Sequence[ChatMessage], Sampling]]
Next = Literal["other", "again", "end"]

_missing: dict[tuple[str, str], float] = {}


def after(kind: str, *, seconds: float, has_other: bool, may_repeat: bool, timeouts: int) -> Next:
    """Decide what follows a failure before the first word: another alias, the same once more, or nobody. Pure.

    `seconds` is how long the failure took, `timeouts` how many tries have run out of time: after the second one the
    fan has waited long enough.
    """
    if has_other:
        return "end" if timeouts >= 2 else "other"
    return "again" if may_repeat and kind in _PASSING and seconds <= _QUICK_SECONDS else "end"


@dataclass(slots=True)
class Try:
    """One request to one alias. Its row in the tally is written when it ends."""

    alias: str
    model: ChatModel
    adapter: str
    breaker: Breaker
    leave: Leave
    tally: Tally
    began: float = field(default_factory=time.monotonic)
    is_begun: bool = False
    outcome: str = "left"
    first_ms: float | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    _heard: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Vendor and model, or the adapter in its place."""
        name = self.model.name
        return f"{name.partition('/')[0]}/{self.adapter}" if self.adapter else name

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    def hear(self, chunk: Chunk) -> None:
        """Take note of a piece; the first one shows that the server is well."""
        if chunk.text:
            self._heard.append(chunk.text)
            if not self.is_begun:
                self.is_begun = True
                self.first_ms = round(self.seconds * 1000, 2)
                self._is_well()
        if chunk.finish_reason:
            self.prompt_tokens, self.completion_tokens = chunk.prompt_tokens, chunk.completion_tokens
            self.outcome = "answered"
            self._is_well()

    def hear_whole(self, answer: Answer) -> None:
        self.hear(Chunk(answer.text, "stop", answer.prompt_tokens, answer.completion_tokens))

    def fail(self, error: ModelError) -> None:
        """Take note of a failure; where only this one request or an adapter is at fault, the server is well."""
        self.outcome = error.kind
        logger.warning("model %s (%s): %s (begun %s)", self.alias, self.name, error.kind, self.is_begun)
        if error.kind == "refused" or (error.kind == "missing" and self.adapter):
            self._is_well()
            return
        before = self.breaker.state
        self.breaker.fail(self.leave, time.monotonic(), error.kind)
        _tell(before, self)

    def close(self, messages: Sequence[ChatMessage]) -> None:
        """Count what was used, by the server's word or by estimate, and write the row."""
        self.breaker.withdraw(self.leave)
        if self.outcome == "left" and self.is_begun:
            self.outcome = "cut"  # by the fan, or where the reply had to end
        said = "".join(self._heard).strip()
        is_estimated = bool(said) and not (self.prompt_tokens or self.completion_tokens)
        if is_estimated:
            self.prompt_tokens = sum(weight(message.content) for message in messages)
            self.completion_tokens = estimate_tokens(said)
        price = price_of((self.name, self.model.name, self.alias), settings.CHAT_PRICES)
        cost = price.of(self.prompt_tokens, self.completion_tokens)
        self.tally.add(Usage(self.prompt_tokens, self.completion_tokens, cost))
        self.tally.tries.append(self._row(is_estimated=is_estimated))

    def _row(self, *, is_estimated: bool) -> dict[str, Any]:
        row: dict[str, Any] = {
            "alias": self.alias,
            "model": self.name,
            "outcome": self.outcome,
            "ms": round(self.seconds * 1000),
            "prompt": self.prompt_tokens,
            "completion": self.completion_tokens,
        }
        marks = {"estimated": is_estimated, "probe": self.leave.is_probe}
        return row | {name: True for name, value in marks.items() if value}

    def _is_well(self) -> None:
        before = self.breaker.state
        self.breaker.succeed(self.leave)
        _tell(before, self)


class Tries:
    """Whom to ask next. `next` gives the tries, one after the other; `failed` tells how the last one went."""

    def __init__(self, route: Route, tally: Tally) -> None:
        self._adapter = route.adapter
        self._tally = tally
        self._waiting = list(route.aliases)
        self._may_repeat = True
        self._timeouts = 0
        self._error = ModelError("resting", "every model of the route is left in peace for now")

    def next(self) -> Try:
        """Return the next try, or raise the last `ModelError` when nobody is left to ask."""
        while self._waiting:
            alias = self._waiting.pop(0)
            breaker = health[alias]
            leave = breaker.admit(time.monotonic())
            if leave is not None:
                model = chat_models[alias]
                return Try(alias, model, self._voice(alias, model), breaker, leave, self._tally)
            self._tally.tries.append({"alias": alias, "outcome": "resting", "reason": breaker.reason})
        raise self._error

    async def failed(self, last: Try, error: ModelError) -> None:
        """Prepare for the next try, after a short wait where the same server is asked again."""
        self._error = error
        if error.kind == "missing" and last.adapter:
            # The character has no voice of its own there: the base model speaks for it.
            _remember_missing(last.alias, last.adapter)
            self._waiting.insert(0, last.alias)
            return
        self._timeouts += error.kind == "timeout"
        now = time.monotonic()
        step = after(
            error.kind,
            seconds=last.seconds,
            has_other=any(health[alias].admits(now) for alias in self._waiting),
            may_repeat=self._may_repeat,
            timeouts=self._timeouts,
        )
        if step == "end":
            self._waiting.clear()
        elif step == "again":
            self._may_repeat = False
            self._waiting = [last.alias]
            await asyncio.sleep(random.uniform(*_JITTER_SECONDS))  # noqa: S311 - jitter, not a secret

    def _voice(self, alias: str, model: ChatModel) -> str:
        if not self._adapter or not model.takes_adapters:
            return ""
        until = _missing.get((alias, self._adapter), 0.0)
        return "" if time.monotonic() < until else self._adapter


def first_of(route: Route) -> ChatModel:
    """Return the model that would be asked first now."""
    now = time.monotonic()
    alias = next((alias for alias in route.aliases if health[alias].admits(now)), route.aliases[0])
    return chat_models[alias]


async def stream(route: Route, tally: Tally, prepare: Prepare) -> AsyncGenerator[Chunk, None]:
    """Yield the pieces of a reply. Raises `ModelError` when nobody answers, or who answered fails.

    `prepare` is told who is asked, and gives the messages and how to draw; it is called before every try.
    """
    tries = Tries(route, tally)
    while True:
        attempt = tries.next()
        messages: Sequence[ChatMessage] = ()
        try:
            messages, sampling = prepare(attempt.name)
            asked = attempt.model.stream(messages, replace(sampling, adapter=attempt.adapter))
            async with aclosing(asked) as chunks:
                async for chunk in chunks:
                    attempt.hear(chunk)
                    yield chunk
            return
        except ModelError as error:
            attempt.fail(error)
            if attempt.is_begun:
                raise
            failure = error
        finally:
            attempt.close(messages)
        await tries.failed(attempt, failure)


async def complete(
    route: Route,
    messages: Sequence[ChatMessage],
    sampling: Sampling,
    *,
    json_schema: Mapping[str, object] | None = None,
    tally: Tally,
) -> str:
    """Return a whole answer, JSON text obeying `json_schema` where one is given. Raises `ModelError`."""
    tries = Tries(route, tally)
    while True:
        attempt = tries.next()
        try:
            how = replace(sampling, adapter=attempt.adapter)
            answer = await attempt.model.complete(messages, how, json_schema=json_schema)
            attempt.hear_whole(answer)
        except ModelError as error:
            attempt.fail(error)
            failure = error
        else:
            return answer.text
        finally:
            attempt.close(messages)
        await tries.failed(attempt, failure)


def _remember_missing(alias: str, adapter: str) -> None:
    if len(_missing) >= _MISSING_KEPT:
        _missing.clear()
    _missing[alias, adapter] = time.monotonic() + _MISSING_SECONDS


def _tell(before: str, attempt: Try) -> None:
    """Log and publish when a breaker opens or closes."""
    state = attempt.breaker.state
    if state != before:
        logger.warning("model %s: breaker %s (%s)", attempt.alias, state, attempt.breaker.reason or "answers again")
        health.publish()
