"""Making the prompt of a stored reply once more, from its row, its ancestors and what its trace kept of the moment."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from characters.locks import Keys
from characters.lorebook import ScanSettings
from characters.models import CharacterVersion
from characters.storylines import Unlocked, unlocked
from chat import books, sheets
from chat.exceptions import NotAReply
from chat.given import Cast, Knowledge, Moment, Note, Play, Sheet
from chat.models import Message
from chat.prompts.assemble import Assembled, assemble
from chat.prompts.prompt import Limits
from chat.services.turns import past_from


def replayed(reply: Message) -> Assembled:
    """Return the prompt of a reply as it was made; writes nothing.

    It is the same to the byte as long as nothing it was made of is gone: a message taken down since, a draft or a
    stand-alone lorebook edited since make it another, and its hash tells. Raises `NotAReply` where the reply kept
    no moment: it failed before its prompt was made, or is older than this record.
    """
    raw = reply.trace.get("replay")
    if not isinstance(raw, dict) or not reply.parent_id:
        raise NotAReply
    # What a later release has taken out of a preset is no reason to refuse.
    known = {field.name for field in fields(Limits)}
    limits = Limits(**{name: value for name, value in raw["limits"].items() if name in known})
    play = play_of(reply, raw, limits)
    return assemble(play, Moment.of(raw["moment"]), limits, ScanSettings.of(raw["settings"]))


def play_of(reply: Message, raw: dict[str, Any], limits: Limits) -> Play:
    """Return what the prompt of a reply was made of, besides its moment."""
    version, sheet = _sheet(reply, Keys(**{**raw["keys"], "offers": frozenset(raw["keys"]["offers"])}))
    stories = _stories(version, raw["stories"])
    lines = Message.objects.lines_to(reply.parent_id or 0, limit=limits.messages)
    is_answer = bool(lines) and lines[-1].role == Message.Role.FAN
    return Play(
        cast=Cast(sheet, raw["fan"][0], raw["fan"][1], reply.scene or reply.conversation.scene),
        message=lines[-1].text if is_answer else "",
        history=tuple(lines[:-1] if is_answer else lines),
        books=books.of_conversation(reply.conversation, sheet, version, stories),
        author_note=Note.of(raw["note"]),
        knowledge=tuple(Knowledge(story.title, story.knowledge) for story in stories if story.knowledge),
        past=past_from(Message.objects.past_of(reply.parent_id or 0), reply.depth),
    )


def _sheet(reply: Message, keys: Keys) -> tuple[CharacterVersion, Sheet]:
    if reply.version is None:
        return sheets.of_conversation(reply.conversation)
    return sheets.frozen(reply.version.public_id), sheets.opened_to(reply.version.public_id, keys)


def _stories(version: CharacterVersion, known: list[str]) -> list[Unlocked]:
    # To its creator all storylines are open; the fan knew these of them then.
    return [story for story in unlocked(version, version.character.owner) if story.public_id in known]
