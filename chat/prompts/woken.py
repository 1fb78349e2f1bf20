"""Asks the lorebooks what a turn wakes, and gives each woken text its place in the layout. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice

from characters.cards.book import Position
from characters.lorebook import ScanMessage, ScanRequest, ScanResult, ScanSettings, Sources, TimedState, scan
from characters.lorebook.placement import LoreText
from characters.macros import scanned
from chat.given import Moment, Play
from chat.prompts.escape import plain
from chat.prompts.filling import Filler
from chat.prompts.places import Injection, Lore
from chat.prompts.prompt import Limits
from companion_site.core.text import estimate_tokens
from companion_site.providers.base import Role

_START = re.compile(r"^[^\S\n]*<START>[^\S\n]*$", re.IGNORECASE | re.MULTILINE)
_ROLES: tuple[Role, ...] = ("system", "user", "assistant")
_SPEAKERS = {"fan": "user", "character": "assistant", "director": "system"}


def wake(play: Play, moment: Moment, limits: Limits, settings: ScanSettings, fill: Filler) -> ScanResult:
    """Return what the books of this play wake at this moment; an empty result where it has none."""
    if not play.books:
        return ScanResult()
    cast, sheet, past = play.cast, play.cast.sheet, play.past
    texts = sheet.texts
    return scan(
        play.books,
        ScanRequest(
            messages=_messages(play, limits.messages),
            count=estimate_tokens,
            max_context=limits.context,
            settings=_capped(settings, limits),
            fill=fill,
            scanned=lambda text, at: scanned(text, fill.context, place=at),
            seed=str(moment.seed),
            state=TimedState.of(dict(past.lore)),
            chat_length=past.length,
            assistant_count=past.replies,
            greeting=past.greeting,
            trigger=moment.trigger,
            names=frozenset(name for name in (sheet.char, sheet.name) if name),
            tags=frozenset(sheet.tags),
            sources=Sources(
                persona_description=cast.fan_description,
                character_description=texts.description,
                character_personality=texts.personality,
                character_depth_prompt=texts.depth_prompt,
                scenario=texts.scenario,
                creator_notes=texts.creator_notes,
            ),
            similarity=moment.similar,
            takes_prefill=not moment.prefill,
        ),
    )


def _capped(settings: ScanSettings, limits: Limits) -> ScanSettings:
    """Return the settings with the preset's own cap; a small note takes what fits from all that woke."""
    if not limits.has_rules:
        return settings
    return replace(settings, budget_cap=min(settings.budget_cap or limits.lore, limits.lore))


def _messages(play: Play, count: int) -> tuple[ScanMessage, ...]:
    """Return the newest messages, oldest first, the fan's own last."""
    # Nobody says a stage direction, but what it brings onto the stage may wake an entry.
    names = {"fan": play.cast.fan_name, "character": play.cast.sheet.char, "director": ""}
    newest = [] if not play.message else [ScanMessage(play.message, names["fan"], "user")]
    for line in islice(reversed(play.history), count):
        newest.append(ScanMessage(line.text, names[line.role], _SPEAKERS[line.role]))
    newest.reverse()
    return tuple(newest)


def placed(found: ScanResult, limits: Limits, *, length: int) -> Lore:
    """Return the woken texts in their places; `length` is how many messages the chat has.

    Where the front is to be kept, only what is always in mind stands there; the rest goes beside the message.
    """
    if not limits.has_rules:
        # The order is that of worth: a small note takes what fits from the front.
        return Lore(near=_near(found.entries), outlets=_outlets(found), prefill=plain(found.placed.prefill))
    moved: list[LoreText] = []
    if limits.keeps_front:
        moved = [e for e in found.entries if not e.is_constant and _is_in_front(e)]
        found = found.without({entry.id for entry in moved})
    at, texts = found.placed, found.placed.positions
    return Lore(
        before=plain(at.before),
        after=plain(at.after),
        before_description=_lines(texts.get("before_desc", ())),
        after_description=_lines(texts.get("after_desc", ())),
        personality=_lines(texts.get("personality", ())),
        scenario=_lines(texts.get("scenario", ())),
        examples_before=tuple(plain(e.content) for e in at.em if e.is_top),
        examples_after=tuple(plain(e.content) for e in at.em if not e.is_top),
        note_before=_lines(at.an_top),
        note_after=_lines(at.an_bottom),
        injections=tuple(
            Injection(
                "worldInfoDepth",
                max(0, length - slot.depth) if slot.from_top else slot.depth,
                _ROLES[int(slot.role)],
                _lines(slot.entries),
            )
            for slot in at.depth
            if not slot.in_tokens
        ),
        near=_near(moved),
        outlets=_outlets(found),
        prefill=plain(at.prefill),
        disabled=found.disabled_prompts,
    )


def _is_in_front(entry: LoreText) -> bool:
    """Whether an entry's place is among the fixed texts before the chat."""
    if entry.place:
        return True
    return entry.position in (Position.BEFORE, Position.AFTER, Position.EXAMPLES_TOP, Position.EXAMPLES_BOTTOM)


def _near(entries: Iterable[LoreText]) -> tuple[str, ...]:
    texts = (_START.sub("", entry.text) for entry in entries if entry.position is not Position.OUTLET)
    return tuple(text for said in texts if (text := plain(said)))


def _outlets(found: ScanResult) -> dict[str, str]:
    return {name: _lines(texts) for name, texts in found.placed.outlets.items()}


def _lines(texts: Iterable[str]) -> str:
    return "\n".join(plain(text) for text in texts if text)
