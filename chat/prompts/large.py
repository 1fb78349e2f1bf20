"""The layout for models with room: the prompt manager's order, filled by its rules. Pure.

main · worldInfoBefore · personaDescription · charDescription · charPersonality · scenario · enhanceDefinitions (our
own fields of a card) · aux (the platform's rules, which no card replaces) · worldInfoAfter · dialogueExamples ·
chatHistory with what is put between its messages · jailbreak (`post_history_instructions`). Room goes to the fixed
texts first, then to what stands inside the chat, then to its history from the newest message to the first that does
not fit, then to example blocks until one does not fit; pinned examples go before the history.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import partial

from characters.cards import examples as dialogue
from characters.cards.examples import Exchange
from chat.prompts.budget import fit_history
from chat.prompts.escape import plain
from chat.prompts.examples import Choice
from chat.prompts.front import Room, front, injections, last
from chat.prompts.newest import directed, earlier, newest
from chat.prompts.places import affordable, among
from chat.prompts.prompt import Part, Prompt, joined, part
from chat.prompts.words import say, stop_strings
from companion_site.providers.base import Role

# What a model's own frame around the messages costs.
_FRAME = Part("frame", "system", "", 3)
_ROLES: dict[str, Role] = {"fan": "user", "character": "assistant", "director": "system"}

# Parts of one example block with the places of its exchanges in the card's list.
Block = tuple[tuple[Part, ...], tuple[int, ...]]


def render(room: Room, chosen: Choice) -> Prompt:
    """Return the prompt of a turn. It stays within `limits.context`, whatever the card and the books hold."""
    play, limits = room.play, room.limits
    # In the order they stand: what one text's macros write, a later one may read.
    head, blocks = front(room), _blocks(room, chosen)
    answered = newest(play, limits)
    near = [p for _, exchange in chosen.near for p in _turn(room, exchange)] if limits.pins_examples else []
    between, tail = injections(room), last(room)
    marker = part("newChat", "system", say(play.cast, "now" if limits.pins_examples else "new_chat"))
    left = limits.context - _cost([_FRAME, *head, *tail, *answered, *near, marker])
    between = affordable(between, left)
    left -= _cost(part(i.name, i.role, i.text) for i in between)
    shown, spoken_before = _filled(room, blocks, left)
    chat = _with_near(among([*answered, *reversed(spoken_before)], between), near, answered)
    examples = [p for parts, _ in shown for p in parts]
    parts = (*head, *examples, *([marker] if examples or not limits.pins_examples else []), *chat, *tail, _FRAME)
    return Prompt(
        messages=joined(parts),
        stop=stop_strings(play.cast),
        tokens=_cost(parts),
        limits=limits,
        parts=parts,
        used={
            "examples": [i for _, places in shown for i in places],
            "near_examples": [i for i, _ in chosen.near] if near else [],
            "history": len(spoken_before),
        },
    )


def _filled(room: Room, blocks: Sequence[Block], left: int) -> tuple[list[Block], list[Part]]:
    """Share what is left between the history and the examples."""
    limits = room.limits
    shown: list[Block] = []
    if limits.pins_examples:
        shown, left = _fitting(blocks, left)
    kept = fit_history(
        earlier(room.play),
        tokens=min(left, limits.history),
        step=limits.history_step,
        longest=limits.longest,
        directed=partial(directed, room.play.cast),
    )
    before = [Part("chatHistory", _ROLES[line.role], text, cost) for line, text, cost in kept]
    if not limits.pins_examples:
        shown, left = _fitting(blocks, left - _cost(before))
    return shown, before


def _fitting(blocks: Sequence[Block], left: int) -> tuple[list[Block], int]:
    """Return the blocks up to the first that does not fit, and the tokens left."""
    shown: list[Block] = []
    for block in blocks:
        cost = _cost(block[0])
        if cost > left:
            break
        left -= cost
        shown.append(block)
    return shown, left


def _blocks(room: Room, chosen: Choice) -> list[Block]:
    """Return the card's examples between those of the lorebook: as turns where they are pinned, else as told ones."""
    lore, sheet = room.lore, room.play.cast.sheet
    if room.limits.pins_examples:
        own: list[Block] = [(_turn(room, exchange), (i,)) for i, exchange in chosen.fixed]
    else:
        own = []
        count = 0
        for block in sheet.blocks:
            if isinstance(block, str):
                own.append((_raw(room, room.fill(block, "examples")), ()))
                continue
            own.append((_told(room, block), tuple(range(count, count + len(block)))))
            count += len(block)
    before = [(_lore(room, text), ()) for text in lore.examples_before]
    return [*before, *own, *((_lore(room, text), ()) for text in lore.examples_after)]


def _lore(room: Room, text: str) -> tuple[Part, ...]:
    """Return an example a lorebook gives; a text without speakers is told as it is."""
    cast = room.play.cast
    # Its macros are filled, so the fan speaks under a name of their own.
    named = re.sub(rf"^{re.escape(plain(cast.fan_name))}\s*[:：]", "{{user}}:", text, flags=re.MULTILINE)  # noqa: RUF001
    exchanges = dialogue.parse(named, name=plain(cast.sheet.char))
    return _told(room, exchanges) if exchanges else _raw(room, text)


def _raw(room: Room, text: str) -> tuple[Part, ...]:
    return (part("dialogueExamples", "system", f"{say(room.play.cast, 'example')}\n{text}"),)


def _told(room: Room, exchanges: Iterable[Exchange]) -> tuple[Part, ...]:
    fill, cast = room.fill, room.play.cast
    fan, char = plain(cast.fan_name), plain(cast.sheet.char)
    lines = [say(cast, "example")]
    for exchange in exchanges:
        lines += [f"{fan}: {fill(exchange.fan, 'examples')}"] if exchange.fan else []
        lines += [f"{char}: {fill(exchange.character, 'examples')}"] if exchange.character else []
    return (part("dialogueExamples", "system", "\n".join(lines)),)


def _turn(room: Room, exchange: Exchange) -> tuple[Part, ...]:
    fill = room.fill
    said = part("exampleTurns", "user", fill(exchange.fan, "examples"))
    return (said, part("exampleTurns", "assistant", fill(exchange.character, "examples")))


def _with_near(chat: list[Part], near: Sequence[Part], answered: Sequence[Part]) -> list[Part]:
    """Put the near examples before the fan's message and what stands right before it."""
    at = next((i for i, p in enumerate(chat) if answered and p is answered[0]), len(chat))
    while at and chat[at - 1].name != "chatHistory":
        at -= 1
    return [*chat[:at], *near, *chat[at:]]


def _cost(parts: Iterable[Part]) -> int:
    return sum(p.tokens for p in parts)
