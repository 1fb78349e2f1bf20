"""Assembles the prompt: card, lorebooks, examples, history, and what this moment adds, inside the model's budget."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.conf import settings

from characters.lorebook import ScanSettings
from chat import generation, meanings
from chat.given import Moment
from chat.memory import hints
from chat.prompts.assemble import assemble
from chat.prompts.limits import limits_of
from chat.prompts.prompt import Limits
from chat.scene import in_language
from chat.turn import Turn

_FELT_FROM = 0.4


async def render(turn: Turn) -> None:
    """Fill `prompt`, `state` and `opening`. What is locked is in none of the turn's books, so it cannot get in here."""
    how = ScanSettings.of(settings.CHAT_LOREBOOK)
    said = [line.text for line in turn.history[-1:]] + [turn.message]
    similar = await meanings.similar(
        turn.play.books, said, seconds=settings.CHAT_RECALL_SECONDS, at_least=how.similarity_threshold
    )

    def recast(turn: Turn, model: str) -> None:
        if turn.prompt is None or turn.prompt.limits != limits_of(model, settings.CHAT_PROMPT_LIMITS):
            turn.opening = ""  # of the prompt before; it is no prefill of this one
            _fill(turn, moment_of(turn, model=model, similar=similar), how)

    recast(turn, generation.model(turn.route).name)
    turn.recast = recast


def _fill(turn: Turn, moment: Moment, how: ScanSettings) -> None:
    """Make the prompt for the model that the moment names, within the limits of its preset."""
    limits = limits_of(moment.model, settings.CHAT_PROMPT_LIMITS)
    made = assemble(turn.play, moment, limits, how)
    turn.opening, turn.prompt, turn.state = made.opening, made.prompt, made.state
    turn.trace["lore"] = made.lore
    turn.trace["prompt"] = {
        **made.prompt.used,
        "preset": made.prompt.preset,
        "parts": made.prompt.counts(),
        "tokens_estimated": made.prompt.tokens,
        "memories": list(moment.memories),
        "storylines": [known.title for known in turn.play.knowledge],
        "hash": made.prompt.hash,
    }
    turn.trace["replay"] = _replay(turn, moment, limits, how)


def moment_of(turn: Turn, *, model: str, similar: dict[str, float]) -> Moment:
    """Return what this turn adds to its play, as the stages before have filled it."""
    return Moment(
        now=turn.now,
        seed=turn.seed,
        chat_seed=turn.chat_seed,
        model=model,
        trigger=turn.trigger,
        idle=turn.idle,
        memories=tuple(hints.note(fragment, now=turn.now) for fragment in turn.recalled),
        strategy=turn.strategy,
        scene=in_language(turn.scene.addendum, turn.cast.sheet.language) if turn.scene is not None else "",
        emotion=turn.feeling.emotion if turn.feeling.score >= _FELT_FROM else "neutral",
        similar=similar,
        prefill=turn.prefill,
        is_continued=bool(turn.so_far),
    )


def _replay(turn: Turn, moment: Moment, limits: Limits, how: ScanSettings) -> dict[str, Any]:
    """Return what else the prompt was made of that may be another by the time somebody asks."""
    keys, note = turn.cast.sheet.keys, turn.play.author_note
    return {
        "moment": moment.as_trace(),
        "fan": [turn.cast.fan_name, turn.cast.fan_description],
        "keys": {"is_owner": keys.is_owner, "offers": sorted(keys.offers), "affinity": keys.affinity},
        "note": asdict(note) if note.text else {},
        "stories": list(turn.stories),
        "limits": asdict(limits),
        "settings": asdict(how),
    }
