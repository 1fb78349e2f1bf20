"""The fixed texts of the large layout, in the prompt manager's order, and what stands inside the chat. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chat.given import Moment, Note, Play
from chat.prompts import card
from chat.prompts.budget import essence
from chat.prompts.escape import plain
from chat.prompts.filling import Filler
from chat.prompts.newest import newest
from chat.prompts.notes import note
from chat.prompts.places import Injection, Lore
from chat.prompts.prompt import Limits, Part, part
from chat.prompts.words import say
from companion_site.core.text import estimate_tokens
from companion_site.providers.base import Role

_ROLES: dict[str, Role] = {"system": "system", "user": "user", "assistant": "assistant"}


@dataclass(frozen=True, slots=True)
class Room:
    """What one layout works with."""

    play: Play
    moment: Moment
    limits: Limits
    fill: Filler
    lore: Lore


def front(room: Room) -> list[Part]:
    """Return the texts before the chat: the main prompt, the card with its lore, the platform's rules."""
    cast, lore, limits = room.play.cast, room.lore, room.limits
    # Filled in the order they stand, and each once: a macro may count.
    position = room.play.author_note.position
    before = _author_note(room) if position == "before" else ""
    main = card.main_prompt(cast, room.fill, tokens=limits.card // 3, is_off="system_prompt" in lore.disabled)
    after = _author_note(room) if position == "after" else ""
    texts = card.whole(cast, room.fill, limits)
    rows = [
        ("authorNote", before),
        ("main", main),
        ("authorNote", after),
        ("worldInfoBefore", lore.before),
        ("personaDescription", texts.get("persona", "")),
        ("worldInfoBefore", lore.before_description),
        ("charDescription", texts.get("description", "")),
        ("worldInfoAfter", lore.after_description),
        ("charPersonality", texts.get("personality", "")),
        ("worldInfoAfter", lore.personality),
        ("scenario", texts.get("scenario", "")),
        ("worldInfoAfter", lore.scenario),
        *(("enhanceDefinitions", texts.get(name, "")) for name in ("style", "phrases", "worldview", "backstory")),
        ("aux", say(cast, "rules")),
        ("worldInfoAfter", lore.after),
    ]
    return _bounded(rows, limits.lore)


def _bounded(rows: Sequence[tuple[str, str]], tokens: int) -> list[Part]:
    """Return the texts as parts; entries that ask for no budget have this one all the same."""
    parts: list[Part] = []
    for name, text in rows:
        if name.startswith("worldInfo") and text:
            text = short(text, tokens)
            tokens -= estimate_tokens(text)
        if text:
            parts.append(part(name, "system", text))
    return parts


def last(room: Room) -> list[Part]:
    """Return what stands after the chat: the nudge to go on, the card's last instructions, and the rules' last word."""
    cast = room.play.cast
    parts: list[Part] = []
    own = room.play.cast.sheet.texts.instruction
    if own.strip():
        # V2: it stands in place of the user's own, which is empty here; {{original}} asks for that.
        text = short(room.fill(own, "instruction", original=""), room.limits.card // 6)
        parts += [part("jailbreak", "system", text), part("aux", "system", say(cast, "last_word"))] if text else []
    if room.moment.is_continued:
        parts.append(part("continueNudge", "system", say(cast, "continue")))
    return parts


def injections(room: Room) -> list[Injection]:
    """Return what stands inside the chat: author's note, depth prompt, lore by depth, and the platform's own note."""
    limits, play = room.limits, room.play
    found: list[Injection] = []
    if play.author_note.position == "in_chat" and (text := _author_note(room)):
        found.append(Injection("authorNote", play.author_note.depth, _ROLES[play.author_note.role], text))
    own: Note = play.cast.sheet.depth_prompt
    if text := short(room.fill(own.text, "depth_prompt"), limits.notes):
        found.append(Injection("depthPrompt", own.depth, _ROLES[own.role], text))
    found += room.lore.injections
    if text := note(play, room.moment, limits, room.fill, lore=room.lore.near):
        found.append(Injection("note", 1 if newest(play, limits) else 0, "system", text))
    return found


def _author_note(room: Room) -> str:
    tokens, lore = room.limits.notes, room.lore
    written = room.fill(room.play.author_note.text, "author_note")
    return "\n".join(kept for text in (lore.note_before, written, lore.note_after) if (kept := short(text, tokens)))


def short(text: str, tokens: int) -> str:
    """Return the text as it is written where it fits, else as many whole sentences as do."""
    return text if estimate_tokens(text) <= tokens else essence(plain(text), tokens=tokens)
