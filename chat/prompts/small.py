"""The layout for the embedded model: few words, no rules, examples instead. Pure.

Order, from what never changes to what always does: card · example exchanges · history · examples like this moment ·
one note (memories, lore, storylines, the fan's own note) · the fan's message or stage direction · the character's
first words.
"""

from __future__ import annotations

from functools import partial

from characters.cards.examples import Exchange
from chat.prompts import card
from chat.prompts.budget import fit_history, telling
from chat.prompts.examples import Choice
from chat.prompts.front import Room
from chat.prompts.newest import directed, earlier, newest
from chat.prompts.notes import note
from chat.prompts.prompt import Part, Prompt, joined, part
from chat.prompts.words import say, stop_strings
from companion_site.providers.base import Role

_ROLES: dict[str, Role] = {"fan": "user", "character": "assistant", "director": "system"}
_NOTE_TOKENS = 40


def render(room: Room, chosen: Choice) -> Prompt:
    """Return the prompt of a turn."""
    play, limits = room.play, room.limits
    # The greeting is the longest text it sees, and it recites it; the card's scenario says where they are.
    kept = fit_history(
        earlier(play),
        tokens=limits.history,
        step=limits.history_step,
        longest=limits.longest,
        directed=partial(directed, play.cast),
        is_greeted=False,
    )
    rows = [part("main", "system", card.small(play.cast, room.fill, limits))]
    rows += [p for _, exchange in chosen.fixed for p in _turn(room, exchange)]
    if len(rows) > 1 and kept and kept[0][0].role == "character":
        rows.append(part("newChat", "system", say(play.cast, "now")))
    rows += [Part("chatHistory", _ROLES[line.role], text, cost) for line, text, cost in kept]
    rows += [p for _, exchange in chosen.near for p in _turn(room, exchange)]
    rows.append(part("note", "system", _note(room)))
    rows += newest(play, limits)
    parts = tuple(row for row in rows if row.text)
    messages = joined(parts)
    return Prompt(
        messages=messages,
        stop=stop_strings(play.cast),
        tokens=sum(p.tokens for p in parts),
        limits=limits,
        parts=parts,
        used={
            "examples": [i for i, _ in chosen.fixed],
            "near_examples": [i for i, _ in chosen.near],
            "history": len(kept),
        },
    )


def _note(room: Room) -> str:
    own = telling(room.fill(room.play.author_note.text, "author_note"), room.play.message, tokens=_NOTE_TOKENS)
    told = note(room.play, room.moment, room.limits, room.fill, lore=room.lore.near)
    return "\n".join(text for text in (own, told) if text)


def _turn(room: Room, exchange: Exchange) -> tuple[Part, Part]:
    fill = room.fill
    return (
        part("exampleTurns", "user", fill(exchange.fan, "examples")),
        part("exampleTurns", "assistant", fill(exchange.character, "examples")),
    )
