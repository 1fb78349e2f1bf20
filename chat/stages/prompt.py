"""Assembles the prompt: card, examples, history, and what this moment adds, inside the model's budget."""

from __future__ import annotations

from django.conf import settings

from characters.lorebook.scan import content, scan
from characters.macros import expand
from chat import generation
from chat.given import Fragment
from chat.memory import hints
from chat.prompts import examples
from chat.prompts.limits import limits_of
from chat.prompts.render import Notes
from chat.prompts.render import render as rendered
from chat.scene import in_language
from chat.turn import Turn
from companion_site.core.text import estimate_tokens

_SAID_LATELY = 6
_LORE_DEPTH = 4
_FELT_FROM = 0.4


async def render(turn: Turn) -> None:
    """Fill `prompt`. What is not unlocked is not in `turn.knowledge`, so it cannot get in here."""
    cast, sheet = turn.cast, turn.cast.sheet
    limits = limits_of(generation.model().name, settings.CHAT_PROMPT_LIMITS)
    chosen = examples.choose(
        sheet.exchanges,
        message=turn.message,
        emotions=sheet.emotions,
        emotion=turn.feeling.emotion if turn.feeling.score >= _FELT_FROM else "neutral",
        counts=(limits.examples, limits.near_examples),
        avoid=[line.text for line in turn.history[-_SAID_LATELY:] if line.role == "character"],
    )
    notes = Notes(
        memories=[_noted(turn, fragment) for fragment in turn.recalled],
        lore=_lore(turn, limits.lore),
        knowledge=turn.knowledge,
        scene=in_language(turn.scene.addendum, sheet.language) if turn.scene is not None else "",
        strategy=turn.strategy,
    )
    if not limits.has_rules:
        # Told nothing, a small model needs its first step: an action, where this character acts before it speaks.
        turn.opening = examples.opening(sheet.exchanges)
    prompt = rendered(cast, turn.history, turn.message, limits=limits, notes=notes, examples=chosen)
    turn.prompt = prompt.with_last(turn.prefill) if turn.prefill else prompt
    turn.trace["prompt"] = {**prompt.used, "tokens_estimated": prompt.tokens, "hash": turn.prompt.hash}


def _noted(turn: Turn, fragment: Fragment) -> str:
    return hints.note(fragment, now=turn.now)


def _lore(turn: Turn, budget: int) -> list[str]:
    cast = turn.cast

    def fill(text: str) -> str:
        return expand(text, char=cast.sheet.char, user=cast.fan_name)

    said = [line.text for line in turn.history[-_LORE_DEPTH:]] + [turn.message]
    found = scan(cast.sheet.lore, said, count=estimate_tokens, expand=fill, budget=budget)
    turn.trace["lore"] = [trace.as_dict() for trace in found.trace]
    return [content(entry, fill) for entry in found.entries]
