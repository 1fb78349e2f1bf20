"""One draw of a reply, from the model to what may be shown: said as people say it, then past the guard."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from chat import generation, voices
from chat.exceptions import ReplyBlocked
from chat.prompts.prompt import Prompt
from chat.prompts.reply import has_words, tidied
from chat.turn import Turn
from companion_site.providers.base import ModelError
from moderation.guard import StreamGuard

_SPACED_ENDINGS = '.!?…"”*'


class Speech:
    """The words of one draw. `pieces` may be shown as they come; `finish` gives the rest, also after an error."""

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._guard = StreamGuard(turn.cast.sheet.profile)
        voice = voices.voice_of(turn.cast.sheet, turn.cast.scene)
        # In a crisis no word may be lost: it may be the one that says whom to call.
        self._rewriter = voice.rewriter(seed=turn.seed, before=turn.text, is_literal=turn.in_crisis)

    async def pieces(self, retry: int) -> AsyncGenerator[str, None]:
        """Yield what may be shown, as it comes; ends where the guard blocks. Raises `ModelError`."""
        turn = self._turn
        assert turn.prompt is not None  # the prompt stage runs before
        is_first = True
        async with aclosing(generation.words(turn, turn.prompt, retry=retry)) as words:
            async for text in words:
                lead = _lead(turn, text) if is_first else ""
                is_first = False
                ready = self._rewriter.feed(lead + text)
                if ready and (safe := self._guard.feed(ready)):
                    yield safe
                if self._guard.verdict.is_blocked:
                    return

    def finish(self) -> str:
        """Return what was still held back."""
        return self._guard.feed(self._rewriter.finish()) + self._guard.finish()

    @property
    def refusal(self) -> ReplyBlocked | None:
        """Why this may not be said, None where it may."""
        verdict = self._guard.verdict
        return ReplyBlocked(policy_code=verdict.policy_code) if verdict.is_blocked else None

    @property
    def blocked_by(self) -> str:
        return self._guard.verdict.policy_code if self._guard.verdict.is_blocked else ""

    def changes(self) -> list[dict[str, str]]:
        """Return what was said another way, for the trace; of whole clauses only why they went: no guard saw them."""
        return [
            {"rule": made.rule.say, "to": made.new}
            if made.rule.drop in {"clause", "sentence"}
            else {"rule": made.rule.say, "from": made.old, "to": made.new}
            for made in self._rewriter.changes
        ]


@dataclass(slots=True)
class Drawn:
    """One whole draw that nobody has seen. `text` is the reply as it would stand, `said` what this draw added."""

    text: str = ""
    said: str = ""
    seed: int = 0
    model: str = ""
    finish_reason: str = ""
    error: str = ""
    refusal: ReplyBlocked | None = None
    blocked_by: str = ""
    changes: list[dict[str, str]] = field(default_factory=list)
    trace: dict[str, Any] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)
    prompt: Prompt | None = None
    state: dict[str, Any] = field(default_factory=dict)
    opening: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether this may stand as the reply."""
        return self.refusal is None and not self.error and has_words(self.said)


async def draw(turn: Turn, *, before: str, shift: int, retry: int = 0) -> Drawn:
    """Return a whole reply drawn aside, `shift` seeds on; nothing is shown and the turn stays as it is.

    `before` is what stands already: the reflex line, or the text to continue. What it costs is the turn's.
    """
    aside = copy(turn)
    aside.trace, aside.timings, aside.finish_reason = {}, {}, ""
    aside.text, aside.seed = before, turn.seed + shift
    speech = Speech(aside)
    pieces: list[str] = []
    error = ""
    try:
        async with aclosing(speech.pieces(retry)) as found:
            async for piece in found:
                pieces.append(piece)
    except ModelError as failure:
        error = failure.kind
    pieces.append(speech.finish())
    said = "".join(pieces)
    is_chinese = turn.cast.sheet.is_chinese
    text = tidied(before + said, finish_reason=aside.finish_reason, is_chinese=is_chinese)
    return Drawn(
        text=text,
        said=said if text.startswith(before) else text,
        seed=aside.seed + retry,
        model=aside.model,
        finish_reason=aside.finish_reason,
        error=error,
        refusal=speech.refusal,
        blocked_by=speech.blocked_by,
        changes=speech.changes(),
        trace=aside.trace,
        timings=aside.timings,
        prompt=aside.prompt,
        state=aside.state,
        opening=aside.opening,
    )


def adopt(turn: Turn, drawn: Drawn) -> None:
    """Take what a draw left behind as the turn's own: its ending, its model, its prompt, its measurements."""
    turn.finish_reason, turn.model = drawn.finish_reason, drawn.model
    turn.prompt, turn.state, turn.opening = drawn.prompt, drawn.state, drawn.opening
    turn.trace |= drawn.trace
    turn.timings |= drawn.timings
    turn.trace["seed"] = drawn.seed
    note_changes(turn, drawn.changes)


def note_changes(turn: Turn, changes: list[dict[str, str]]) -> None:
    """Keep in the trace what was said another way than the model wrote it."""
    if changes:
        turn.trace["colloquial"] = {"changes": changes}
    else:
        turn.trace.pop("colloquial", None)


def _lead(turn: Turn, text: str) -> str:
    """Return what stands before the model's first word: its opening, or a space after what was said before."""
    if turn.so_far:
        # A continuation of a whole sentence begins a new one.
        is_next = turn.so_far[-1:] in _SPACED_ENDINGS and text[:1].isalpha() and not turn.cast.sheet.is_chinese
        return " " if is_next else ""
    if turn.reflex:
        return "" if text[:1].isspace() else " "
    # An opening mark touches the word after it; a lorebook's first words do not.
    is_joined = turn.opening[-1:].isalnum() and turn.opening[-1:].isascii() and text[:1].isalnum()
    return f"{turn.opening} " if is_joined else turn.opening
