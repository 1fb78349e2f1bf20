"""The lorebooks of a chat, compiled and in the order of their precedence: chat, persona, character, world."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from characters.cards.book import LoreBook
from characters.cards.limits import JsonObject
from characters.lorebook import CompiledBook, compile_book
from characters.models import CharacterVersion, WorldBook
from characters.storylines import Unlocked
from chat import sheets
from chat.given import Sheet
from chat.models import Conversation
from companion_site.core.prepared import Hole, Prepared

_Source = Literal["chat", "persona", "world"]

_KEPT = 256
# More books than this in one chat are no lorebook but an attack on the server.
_MOST = 32


def of_conversation(
    conversation: Conversation, sheet: Sheet, version: CharacterVersion, stories: Sequence[Unlocked]
) -> tuple[CompiledBook, ...]:
    """Return the books of a conversation. `stories` are the storylines its fan has unlocked.

    One query; a book is read and compiled only where it has changed since.
    """
    own = _of_fan(conversation)
    character = [sheet.book] if sheet.book is not None else []
    character += [book for story in stories if story.lorebook and (book := _of_story(version, story)) is not None]
    ordered = (*own["chat"], *own["persona"], *character, *own["world"])
    return ordered[:_MOST]


def _read(owner: Hole, conversation: Hole, persona: Hole) -> QuerySet[WorldBook, Any]:
    chosen = Conversation.books.through.objects.filter(conversation=conversation, worldbook=OuterRef("pk"))
    of_persona = WorldBook.personas.through.objects.filter(persona=persona, worldbook=OuterRef("pk"))
    return (
        WorldBook.objects.filter(owner=owner)
        .annotate(is_chosen=Exists(chosen), is_of_persona=Exists(of_persona))
        .filter(Q(is_chosen=True) | Q(is_of_persona=True) | Q(is_everywhere=True))
        .values_list("public_id", "updated_at", "is_chosen", "is_of_persona")
    )


_READ = Prepared(_read)


def _of_fan(conversation: Conversation) -> dict[_Source, list[CompiledBook]]:
    rows = _READ.rows(owner=conversation.fan_id, conversation=conversation.pk, persona=conversation.persona_id or 0)
    found: dict[_Source, list[CompiledBook]] = {"chat": [], "persona": [], "world": []}
    for public_id, updated_at, is_chosen, is_of_persona in rows[:_MOST]:
        source: _Source = "chat" if is_chosen else "persona" if is_of_persona else "world"
        found[source].append(_of_row(public_id, updated_at, source))
    return found


@lru_cache(maxsize=_KEPT)
def _of_row(public_id: UUID, updated_at: datetime, source: _Source) -> CompiledBook:  # noqa: ARG001 - a newer row, a newer key
    row = WorldBook.objects.get(public_id=public_id)
    return compile_book(row.view, source=source, key=str(public_id))


def _of_story(version: CharacterVersion, story: Unlocked) -> CompiledBook | None:
    if version.number:
        return _of_frozen_story(version.public_id, story.public_id)
    return _compiled(story.lorebook, story.slug)


@lru_cache(maxsize=_KEPT)
def _of_frozen_story(version: UUID, story: str) -> CompiledBook | None:
    row = next(row for row in sheets.frozen(version).storylines if row["public_id"] == story)
    return _compiled(row["lorebook"], row["slug"])


def _compiled(raw: JsonObject, slug: str) -> CompiledBook | None:
    book = LoreBook.of(raw)
    return compile_book(book, key=slug) if book.entries else None
