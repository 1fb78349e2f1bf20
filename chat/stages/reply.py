"""Streams the model's words through the guard, or says honestly that there is no model."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

from chat import generation, lines
from chat.exceptions import ModelUnavailable, ReplyBlocked, ReplyCutOff
from chat.notes import refused
from chat.prompts.reply import has_words, tidied
from chat.turn import Event, Token, Turn
from companion_site.core.exceptions import DomainError
from companion_site.providers.base import ModelError
from moderation.guard import StreamGuard

_TRIES = 2


async def stream(turn: Turn) -> AsyncGenerator[Event, None]:
    """Say the reply. A model that fails before its first word leaves the character's own line and a retry."""
    before = turn.text
    error: DomainError | None = None
    for retry in range(_TRIES):
        guard = StreamGuard(turn.cast.sheet.profile)
        try:
            async for token in _said(turn, guard, retry):
                yield token
        except ModelError as failure:
            turn.trace["model_error"] = failure.kind
            error = ModelUnavailable()
        if rest := guard.finish():
            yield turn.say(rest)
        error = _refusal(turn, guard) or error
        if error or has_words(turn.text):
            break
        # Small models sometimes end after a lone asterisk: that is no reply, so the line is drawn again.
        yield turn.replace(before)
    for event in _ending(turn, error, before):
        yield event


def _refusal(turn: Turn, guard: StreamGuard) -> DomainError | None:
    if not guard.verdict.is_blocked:
        return None
    turn.trace["blocked_by"] = guard.verdict.policy_code
    return ReplyBlocked(policy_code=guard.verdict.policy_code)


async def _said(turn: Turn, guard: StreamGuard, retry: int) -> AsyncGenerator[Token, None]:
    assert turn.prompt is not None  # the prompt stage runs before
    words = generation.words(turn, turn.prompt, retry=retry)
    is_first = True
    async with aclosing(words):
        async for text in words:
            lead = _lead(turn, text) if is_first else ""
            is_first = False
            if safe := guard.feed(lead + text):
                yield turn.say(safe)
            if guard.verdict.is_blocked:
                return


def _lead(turn: Turn, text: str) -> str:
    """Return what stands before the model's first word: its opening, or a space after the reflex line."""
    if turn.so_far:
        return ""
    if turn.reflex:
        return "" if text[:1].isspace() else " "
    # An opening mark touches the word after it; a lorebook's first words do not.
    is_joined = turn.opening[-1:].isalnum() and turn.opening[-1:].isascii() and text[:1].isalnum()
    return f"{turn.opening} " if is_joined else turn.opening


def _ending(turn: Turn, error: DomainError | None, before: str) -> Iterator[Event]:
    """Tidy the end of the text and say honestly why there is no more of it."""
    if not has_words(turn.text):
        error = error or ModelUnavailable()
    has_spoken = has_words(turn.text.removeprefix(before)) or bool(turn.so_far)
    if not has_spoken and turn.text != before:
        yield turn.replace(before)
    if isinstance(error, ModelUnavailable) and has_spoken:
        # Cut off in mid-sentence: what was said stays, and the fan may ask for the rest.
        turn.end("interrupted", ReplyCutOff.code)
        yield refused(turn, ReplyCutOff())
        return
    if isinstance(error, ModelUnavailable):
        if not turn.reflex:
            yield turn.say(lines.outage(turn.cast.sheet))
        turn.end("failed", error.code)
    tidy = _tidied(turn)
    if tidy != turn.text:
        yield turn.replace(tidy)
    if error is not None:
        turn.end("blocked", error.code)
        yield refused(turn, error)


def _tidied(turn: Turn) -> str:
    return tidied(turn.text, finish_reason=turn.finish_reason, is_chinese=turn.cast.sheet.is_chinese)
