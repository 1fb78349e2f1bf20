"""What this one moment adds to a prompt: memories, what to mind, unlocked storylines, lore near the end. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from chat.given import Moment, Play
from chat.prompts.budget import telling
from chat.prompts.escape import plain
from chat.prompts.filling import Filler
from chat.prompts.prompt import Limits
from chat.prompts.words import say, words_of
from companion_site.core.text import estimate_tokens


def note(play: Play, moment: Moment, limits: Limits, fill: Filler, *, lore: Sequence[str] = ()) -> str:
    """Return the platform's note beside the fan's message: memories first, then what the message touches of the lore.

    `lore` are woken texts without a place of their own; with unlocked storylines they share the lore's budget.
    """
    cast = play.cast
    parts: list[str] = []
    if moment.memories:
        told = words_of(cast)["between"].join(plain(memory) for memory in moment.memories)
        parts.append(say(cast, "told", told))
    if limits.has_rules:
        parts += [text for text in (moment.strategy, moment.scene) if text]
    kept = _fitting(parts, limits.notes)
    known = _known(play, fill, tokens=limits.lore // 2 if limits.has_rules else limits.lore)
    left = limits.lore - sum(estimate_tokens(text) for text in known)
    return "\n".join([*kept, *known, *(_touched(lore, play.message, left) if lore else [])])


def _known(play: Play, fill: Filler, *, tokens: int) -> list[str]:
    found: list[str] = []
    for known in play.knowledge:
        text = telling(fill(known.text, f"storyline:{known.title}"), play.message, tokens=tokens // len(play.knowledge))
        found += [say(play.cast, "known", text, title=plain(known.title))] if text else []
    return found


def _touched(texts: Sequence[str], message: str, tokens: int) -> list[str]:
    """Return the texts that fit; of one that does not, the sentences that have most to do with the message."""
    kept: list[str] = []
    for text in texts:
        short = telling(plain(text), message, tokens=tokens)
        tokens -= estimate_tokens(short)
        kept += [short] if short else []
    return kept


def _fitting(texts: Sequence[str], tokens: int) -> list[str]:
    """Return the texts from the front that fit together."""
    kept: list[str] = []
    for text in texts:
        tokens -= estimate_tokens(text)
        if tokens < 0:
            break
        kept.append(text)
    return kept
