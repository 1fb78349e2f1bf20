"""Chats from files, and the prompt that answers them: what `manage.py prompt` shows. Pure; no rows, no clock."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from characters.lorebook import CompiledBook, ScanSettings
from characters.macros import expand
from chat.given import Cast, Line, Moment, Note, Past, Play
from chat.prompts.assemble import Assembled, assemble
from chat.prompts.prompt import Limits, weight


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a chat file.

    `role` is fan, character or director, `at` is aware, `id` a stored message's public id.
    """

    role: str
    text: str
    at: datetime | None = None
    id: str = ""


@dataclass(frozen=True)
class Chat:
    """A branch from a file, oldest first, and what the file says around it."""

    said: tuple[Said, ...]
    user: str = ""
    note: Note = field(default_factory=Note)
    variables: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def spoken(self) -> tuple[int, ...]:
        """The places of what the character said."""
        return tuple(i for i, said in enumerate(self.said) if said.role == "character")

    @property
    def replies(self) -> tuple[int, ...]:
        """The places of the character's answers, the greeting not among them."""
        return self.spoken[1:] if self.spoken[:1] == (0,) else self.spoken

    def place_of(self, turn: int) -> int:
        """Return the place of the reply of turn `turn`, counted from 1. Raises `IndexError`."""
        if not 1 <= turn <= len(self.replies):
            raise IndexError(turn)
        return self.replies[turn - 1]


@dataclass(frozen=True, slots=True)
class Setting:
    """Everything else the prompt depends on. `seed` is that of the reply asked for."""

    cast: Cast
    limits: Limits
    now: datetime
    seed: int = 1
    chat_seed: int = 1
    model: str = ""
    books: tuple[CompiledBook, ...] = ()
    lorebook: ScanSettings = field(default_factory=ScanSettings)


def assembled(chat: Chat, setting: Setting, *, until: int | None = None) -> Assembled:
    """Return the prompt of the reply at place `until`, by default of the next one.

    The replies before are played through, so that variables and timed lorebook entries stand as they would.
    """
    place = len(chat.said) if until is None else until
    state: dict[str, Any] = {"greeting": _greeting(chat, setting.cast)}
    if chat.variables:
        state["variables"] = {"local": dict(chat.variables), "global": {}}
    for earlier in chat.replies:
        if earlier < place:
            state = _played(chat, setting, earlier, state, seed=_seed(setting.seed, earlier)).state
    return _played(chat, setting, place, state, seed=setting.seed)


def _played(chat: Chat, setting: Setting, place: int, state: Mapping[str, Any], *, seed: int) -> Assembled:
    first = max(0, place - setting.limits.messages)
    lines = [Line(said.role, said.text, depth=depth) for depth, said in enumerate(chat.said[first:place], start=first)]
    is_answer = bool(lines) and lines[-1].role == "fan"
    play = Play(
        cast=setting.cast,
        message=lines[-1].text if is_answer else "",
        history=tuple(lines[:-1] if is_answer else lines),
        books=setting.books,
        author_note=chat.note,
        past=Past(
            lore=state.get("lore", {}),
            variables=state.get("variables", {}),
            greeting=int(state.get("greeting", 0)),
            length=place,
            replies=bisect_left(chat.spoken, place),
        ),
    )
    now = chat.said[place].at if place < len(chat.said) else None
    now = now or setting.now
    moment = Moment(
        now=now, seed=seed, chat_seed=setting.chat_seed, model=setting.model, idle=_idle(chat, place - 1, now)
    )
    return assemble(play, moment, setting.limits, setting.lorebook)


def _idle(chat: Chat, place: int, now: datetime) -> timedelta | None:
    """Return how long before `now` the fan last spoke, the message at `place` left aside."""
    for before in range(place - 1, -1, -1):
        said = chat.said[before]
        if said.role == "fan":
            return max(now - said.at, timedelta()) if said.at is not None else None
    return None


def _greeting(chat: Chat, cast: Cast) -> int:
    """Return which of the card's greetings the chat begins with, the first where it is none of them."""
    card = cast.sheet.card
    first = chat.said[0].text.strip() if chat.said else ""
    for index, text in enumerate((card.first_mes, *card.alternate_greetings)):
        if text and expand(text, char=cast.sheet.char, user=cast.fan_name).strip() == first:
            return index
    return 0


def _seed(seed: int, place: int) -> int:
    """Return the seed of an earlier reply: another for each, the same each time."""
    return int.from_bytes(hashlib.blake2b(f"{seed}/{place}".encode(), digest_size=4).digest(), "big")


def told(made: Assembled) -> dict[str, Any]:
    """Return a prompt as JSON members: messages, tokens (by estimate) of each part, hash and trace."""
    prompt = made.prompt
    return {
        "preset": prompt.preset,
        "hash": prompt.hash,
        "messages": [
            {"role": message.role, "content": message.content, "tokens": weight(message.content)}
            for message in prompt.messages
        ],
        "tokens": {"total": prompt.tokens, "context": prompt.limits.context, "parts": prompt.counts()},
        "stop": list(prompt.stop),
        "trace": {"prompt": dict(prompt.used), "lore": made.lore, "state": made.state},
    }
