"""Assembles the prompt of a turn. Pure: everything it needs is in its arguments, and equal ones give equal prompts.

Order, from what never changes to what always does: card · example exchanges · history · examples like this
moment · notes (memories, lore, storylines, scene) · the fan's message · the character's first words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from characters.cards.examples import Exchange
from chat.given import Cast, Knowledge, Line, Sheet
from chat.prompts.budget import MESSAGE_OVERHEAD, cut, fit_history, telling
from chat.prompts.card import fill, prefix
from chat.prompts.escape import plain
from chat.prompts.examples import Choice
from chat.prompts.prompt import Limits, Prompt
from companion_site.core.text import estimate_tokens
from companion_site.providers.base import ChatMessage

_ROLES = {"fan": "user", "character": "assistant"}


@dataclass(frozen=True, slots=True)
class Notes:
    """What this one moment adds: short texts, the most telling first."""

    memories: Sequence[str] = ()
    lore: Sequence[str] = ()
    knowledge: Sequence[Knowledge] = ()
    scene: str = ""
    strategy: str = ""


def render(
    cast: Cast,
    history: Sequence[Line],
    message: str,
    *,
    limits: Limits,
    notes: Notes,
    examples: Choice,
) -> Prompt:
    """Return the prompt that ends in the fan's message. `history` does not contain `message`."""
    kept = _window(history, limits)
    note = _note(cast, notes, limits, message)
    said = cut(plain(message), tokens=limits.message)
    rows: list[tuple[str, str]] = [("system", prefix(cast, limits))]
    rows += _front(cast, examples, kept)
    rows += _exchanges(examples.near, cast)
    if note:
        rows.append(("system", note))
    if said:
        rows.append(("user", said))
    messages = tuple(ChatMessage(role, text) for role, text in _merged(rows))  # type: ignore[arg-type]
    return Prompt(
        messages=messages,
        stop=stop_strings(cast),
        tokens=sum(_weight(message.content) for message in messages),
        limits=limits,
        used={
            "examples": [i for i, _ in examples.fixed],
            "near_examples": [i for i, _ in examples.near],
            "history": len(kept),
            "memories": list(notes.memories),
            "lore": len(notes.lore),
            "storylines": [known.title for known in notes.knowledge],
        },
    )


def opening(cast: Cast, history: Sequence[Line], *, limits: Limits, examples: Choice) -> tuple[ChatMessage, ...]:
    """Return what the next prompt of this cast begins with, whatever the message: worth warming beforehand."""
    rows = [("system", prefix(cast, limits)), *_front(cast, examples, _window(history, limits))]
    return tuple(ChatMessage(role, text) for role, text in _merged(rows))  # type: ignore[arg-type]


def _front(cast: Cast, examples: Choice, kept: Sequence[Line]) -> list[tuple[str, str]]:
    """Return the examples and the history after them, parted where the character speaks first."""
    rows = _exchanges(examples.fixed, cast)
    if rows and kept and kept[0].role == "character":
        fan = plain(cast.fan_name)
        rows.append(("system", f"现在，{fan}来了。" if cast.sheet.is_chinese else f"Now {fan} is here."))
    return rows + [(_ROLES[line.role], line.text) for line in kept]


def _window(history: Sequence[Line], limits: Limits) -> list[Line]:
    if not limits.has_rules:
        # A small model recites the greeting, the longest text it sees; the card's scenario says where they are.
        history = [line for line in history if line.depth > 0]
    return fit_history(history, tokens=limits.history, step=limits.history_step, longest=limits.longest)


@lru_cache(maxsize=8192)
def _weight(text: str) -> int:
    # Most of a prompt is the same text every turn.
    return estimate_tokens(text) + MESSAGE_OVERHEAD


def stop_strings(cast: Cast) -> tuple[str, ...]:
    """Return the strings at which a reply has ended; the first four matter most (some vendors take no more)."""
    fan, char = plain(cast.fan_name), plain(cast.sheet.char)
    return (f"\n{fan}:", f"\n{fan}：", "<|im_end|>", f"\n{char}:", f"\n{char}：", "<|im_start|>", "<|endoftext|>")  # noqa: RUF001


def _exchanges(exchanges: Sequence[tuple[int, Exchange]], cast: Cast) -> list[tuple[str, str]]:
    return [row for _, exchange in exchanges for row in _rows(exchange, cast.sheet, cast.fan_name)]


@lru_cache(maxsize=8192)
def _rows(exchange: Exchange, sheet: Sheet, fan_name: str) -> tuple[tuple[str, str], tuple[str, str]]:
    cast = Cast(sheet, fan_name)
    return ("user", fill(exchange.fan, cast)), ("assistant", fill(exchange.character, cast))


def _note(cast: Cast, notes: Notes, limits: Limits, message: str) -> str:
    """Return what this moment adds: feelings and memories first, then what the message touches of the hidden lore."""
    zh = cast.sheet.is_chinese
    fan = plain(cast.fan_name)
    parts: list[str] = []
    if notes.memories:
        told = ("；" if zh else "; ").join(plain(memory) for memory in notes.memories)
        parts.append(f"你记得{fan}说过：{told}。" if zh else f"You remember {fan} telling you: {told}.")
    if limits.has_rules:
        parts += [text for text in (notes.strategy, notes.scene) if text]
    kept = _fitting(parts, limits.notes)
    for known in notes.knowledge:
        head = (
            f"你可以告诉{fan}「{plain(known.title)}」：" if zh else f"You may tell {fan} about “{plain(known.title)}”: "
        )
        text = telling(fill(known.text, cast), message, tokens=limits.lore // max(1, len(notes.knowledge)))
        kept += [head + text] if text else []
    left = limits.lore - sum(estimate_tokens(text) for text in kept[len(parts) :])
    return "\n".join([*kept, *_fitting([plain(text) for text in notes.lore], left)])


def _fitting(texts: Sequence[str], tokens: int) -> list[str]:
    """Return the texts from the front that fit together."""
    kept: list[str] = []
    for text in texts:
        tokens -= estimate_tokens(text)
        if tokens < 0:
            break
        kept.append(text)
    return kept


def _merged(rows: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Join neighbours of one role: two fan messages in a row happen when a reply failed in between."""
    merged: list[tuple[str, str]] = []
    for role, text in rows:
        if not text:
            continue
        if merged and merged[-1][0] == role and role != "system":
            merged[-1] = (role, f"{merged[-1][1]}\n{text}")
        else:
            merged.append((role, text))
    return merged
