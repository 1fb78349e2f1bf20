"""From what is given to the prompt of a turn: lore woken, macros filled, the preset's layout chosen. Pure.

Equal arguments give an equal prompt: this is what a replay calls, and nothing else makes prompts.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from characters.lorebook import ScanResult, ScanSettings
from characters.macros import ChatFacts, MacroContext, Variables
from chat.given import Moment, Play
from chat.prompts import examples, large, small
from chat.prompts.examples import Choice
from chat.prompts.filling import Filler
from chat.prompts.front import Room
from chat.prompts.newest import earlier
from chat.prompts.places import Lore
from chat.prompts.prompt import Limits, Prompt, joined
from chat.prompts.woken import placed, wake
from companion_site.providers.base import ChatMessage

_SAID_LATELY = 6
# With stage directions between, the last words of either side lie a little further back.
_LOOKED_BACK = 8
# What a trace keeps of the lorebook: the rows a reader can take in, in words of a bearable length.
_TRACE_ROWS = 60
_TRACE_CHARS = 80
# From the first of these on a prompt differs from turn to turn.
_LIVELY = frozenset({"authorNote", "depthPrompt", "worldInfoDepth", "note", "continueNudge", "jailbreak"})
_AS_USUAL = ScanSettings()


@dataclass(frozen=True, slots=True)
class Assembled:
    """A prompt and what its making leaves behind.

    `state` is what the reply stores for the turns after it, `lore` the rows of the lorebook's trace. `opening` is
    what the reply begins with where nothing else was said before: a lorebook's prefill, or the mark of an action.
    """

    prompt: Prompt
    state: dict[str, Any]
    lore: list[dict[str, Any]] = field(default_factory=list)
    opening: str = ""


def assemble(play: Play, moment: Moment, limits: Limits, settings: ScanSettings = _AS_USUAL) -> Assembled:
    """Return the prompt of a turn that ends in the fan's message, or in the prefill where there is one."""
    variables = Variables.of(play.past.variables)
    context = _context(play, moment, limits, variables)
    found = wake(play, moment, limits, settings, Filler(context))
    made = _lay_out(play, moment, limits, context, found)
    if found.droppable and made.is_full:
        # V3: what asks to be dropped first when the context is full leaves its room to the chat.
        made = _lay_out(play, moment, limits, context, found.without(found.droppable))
    opening = ""
    if not moment.prefill:
        # Told nothing, a small model needs its first step: an action, where this character acts before it speaks.
        opening = made.lore.prefill or ("" if limits.has_rules else examples.opening(play.cast.sheet.exchanges))
    prompt = made.prompt
    if last := moment.prefill or opening:
        prompt = prompt.with_last(last)
    return Assembled(prompt, _state(play, moment, found, made.variables), _trace(found), opening)


def stable_front(
    play: Play, moment: Moment, limits: Limits, settings: ScanSettings = _AS_USUAL
) -> tuple[ChatMessage, ...]:
    """Return what the next prompt of this play begins with, whatever the message: worth warming beforehand."""
    prompt = assemble(replace(play, message=""), moment, limits, settings).prompt
    # A note beside the main prompt changes when the fan changes it, one in the chat moves on with every message.
    lively = _LIVELY if play.author_note.position == "in_chat" else _LIVELY - {"authorNote"}
    end = next((i for i, piece in enumerate(prompt.parts) if piece.name in lively), len(prompt.parts))
    return joined(prompt.parts[:end])


@dataclass(frozen=True, slots=True)
class _Made:
    prompt: Prompt
    lore: Lore
    variables: Variables
    is_full: bool


def _lay_out(play: Play, moment: Moment, limits: Limits, context: MacroContext, found: ScanResult) -> _Made:
    lore = placed(found, limits, length=play.past.length)
    # A layout thrown away must leave no trace in the variables.
    variables = context.variables.copy()
    fill = Filler(replace(context, outlets=lore.outlets, variables=variables))
    room = Room(play, moment, limits, fill, lore)
    prompt = (large if limits.has_rules else small).render(room, _examples(play, moment, limits))
    return _Made(prompt, lore, variables, is_full=prompt.used["history"] != len(earlier(play)))


def _context(play: Play, moment: Moment, limits: Limits, variables: Variables) -> MacroContext:
    cast, past = play.cast, play.past
    newest = {line.role: line.text for line in play.history[-_LOOKED_BACK:]}
    facts = ChatFacts(
        last_message=play.message or (play.history[-1].text if play.history else ""),
        last_user_message=play.message or newest.get("fan", ""),
        last_char_message=newest.get("character", ""),
        last_message_id=past.length - 1,
        input=play.message,
        model=moment.model,
        max_prompt=limits.context,
        trigger=moment.trigger,
    )
    return MacroContext(
        char=cast.sheet.char,
        user=cast.fan_name,
        persona=cast.fan_description,
        card=cast.sheet.texts,
        chat=facts,
        now=moment.now,
        idle=moment.idle,
        language=cast.sheet.language,
        turn_seed=moment.seed,
        chat_seed=moment.chat_seed,
        variables=variables,
    )


def _examples(play: Play, moment: Moment, limits: Limits) -> Choice:
    """Return the exchanges a preset with room for a few is shown; the others show all blocks that fit."""
    if not limits.pins_examples:
        return Choice((), ())
    sheet = play.cast.sheet
    return examples.choose(
        sheet.exchanges,
        message=play.message,
        emotions=sheet.emotions,
        emotion=moment.emotion,
        counts=(limits.examples, limits.near_examples),
        avoid=[line.text for line in play.history[-_SAID_LATELY:] if line.role == "character"],
    )


def _state(play: Play, moment: Moment, found: ScanResult, variables: Variables) -> dict[str, Any]:
    written = variables.as_state() if variables.local or variables.shared else {}
    kept = {"lore": found.state.as_dict(), "variables": written, "greeting": play.past.greeting}
    return {**{name: value for name, value in kept.items() if value}, "at": moment.now.isoformat()}


def _trace(found: ScanResult) -> list[dict[str, Any]]:
    """Return what a reader may be told of the lorebook: names and keys, never a content."""
    rows = []
    for row in found.trace.rows[:_TRACE_ROWS]:
        told = {name: value for name, value in row.as_dict().items() if value not in ("", -1)}
        rows.append({name: v[:_TRACE_CHARS] if isinstance(v, str) else v for name, v in told.items()})
    return rows
