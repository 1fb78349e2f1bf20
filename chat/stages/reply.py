"""Streams the model's words through the guard, or says honestly that there is no model."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator

from chat import best_of, lines, speaking
from chat.exceptions import ModelUnavailable, ReplyBlocked, ReplyCutOff
from chat.notes import refused
from chat.prompts.reply import has_words, tidied
from chat.speaking import Speech
from chat.turn import Event, Turn
from companion_site.core.exceptions import DomainError
from companion_site.providers.base import ModelError

_TRIES = 2


async def stream(turn: Turn) -> AsyncGenerator[Event, None]:
    """Say the reply. A model that fails before its first word leaves the character's own line and a retry."""
    before = turn.text
    count = best_of.count_for(turn)
    found = _spoken(turn, before) if count == 1 else _chosen(turn, before, count)
    error: DomainError | None = None
    async for step in found:
        if isinstance(step, DomainError):
            error = step
        else:
            yield step
    for event in _ending(turn, error, before):
        yield event


async def _spoken(turn: Turn, before: str) -> AsyncGenerator[Event | DomainError, None]:
    """Say one draw word by word; one without words is drawn again. Ends with the error, if there is one."""
    for retry in range(_TRIES):
        speech = Speech(turn)
        error: DomainError | None = None
        try:
            async for text in speech.pieces(retry):
                yield turn.say(text)
        except ModelError as failure:
            turn.trace["model_error"] = failure.kind
            error = ModelUnavailable()
        if rest := speech.finish():
            yield turn.say(rest)
        speaking.note_changes(turn, speech.changes())
        if error := _refusal(turn, speech.refusal, speech.blocked_by) or error:
            yield error
            return
        if has_words(turn.text):
            return
        # Small models sometimes end after a lone asterisk: that is no reply, so the line is drawn again.
        yield turn.replace(before)


async def _chosen(turn: Turn, before: str, count: int) -> AsyncGenerator[Event | DomainError, None]:
    """Say the best of several draws, all at once: the page paces it. Ends with the error, if there is one."""
    drawn = (await best_of.best(turn, count)).drawn
    if drawn is None:
        return
    speaking.adopt(turn, drawn)
    if error := _refusal(turn, drawn.refusal, drawn.blocked_by):
        yield error
        return
    if has_words(drawn.said):
        yield turn.say(drawn.text.removeprefix(before) if drawn.text.startswith(before) else drawn.said)
    if drawn.error:
        turn.trace["model_error"] = drawn.error
        yield ModelUnavailable()


def _refusal(turn: Turn, refusal: ReplyBlocked | None, policy_code: str) -> DomainError | None:
    if refusal is not None:
        turn.trace["blocked_by"] = policy_code
    return refusal


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
    yield from _tidying(turn)
    if error is not None:
        turn.end("blocked", error.code)
        yield refused(turn, error)


def _tidying(turn: Turn) -> Iterator[Event]:
    """Bring the text into the shape in which it is kept; where nothing can be taken back, only add to it."""
    tidy = tidied(turn.text, finish_reason=turn.finish_reason, is_chinese=turn.cast.sheet.is_chinese)
    if tidy == turn.text:
        return
    if turn.takes_back:
        yield turn.replace(tidy)
    elif tidy.startswith(turn.text):
        yield turn.say(tidy.removeprefix(turn.text))
