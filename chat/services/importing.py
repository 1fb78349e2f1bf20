"""Taking in a chat from a file: a conversation of its own with a character the fan may speak to.

Its words are a file's, so nothing is earned by them: no affinity, no memories, no stage is played again. What crosses
a red line is not kept; a file that does so with minors is refused as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Persona, User
from accounts.services import default_persona
from characters.models import Character, WorldBook
from chat import filewords, limits, scenes, sheets
from chat.exceptions import CharacterAway, CharacterUnknown, ChatFileRefused
from chat.models import Checkpoint, Conversation, Message
from chat.services.books import BOOKS_A_CHAT
from chat.services.conversations import may_speak
from chat.services.naming import MAX_PLACES
from chat.transfer import ChatRefused, ChatTree, Node, Reason, Report, read
from companion_site.core import ratelimit
from moderation import guard
from moderation.profiles import CharacterProfile

IMPORTS_AN_HOUR = 20
_AT_ONCE = 1000
_NO_EXCUSE = "SEX-MINOR-01"


@dataclass(frozen=True, slots=True)
class Imported:
    """A conversation made from a file, and what became of the file's messages."""

    conversation: Conversation
    report: Report


def import_chat(fan: User, data: bytes, *, character: Character | None = None) -> Imported:
    """Store the chat in a file as a new conversation of the fan's. Atomic: nothing is stored of a refused file.

    Without `character` it is the one the fan may see under the file's name. Reading and screening happen before the
    transaction. Raises `ChatFileRefused` naming the place, `CharacterUnknown`, `CharacterAway`, `TooManyRequests`.
    """
    ratelimit.hit("chat.import", fan.pk, limit=IMPORTS_AN_HOUR, window_seconds=3600)
    limits.begin_chat(fan)
    try:
        tree = read(data)
    except ChatRefused as exc:
        raise _refused(exc) from exc
    character = character or _named(fan, tree)
    if not may_speak(character, fan):
        raise CharacterAway
    conversation = _conversation(fan, character, tree)
    try:
        _screen(tree, sheets.of_conversation(conversation)[1].profile)
    except ChatRefused as exc:
        raise _refused(exc) from exc
    with transaction.atomic():
        _store(conversation, tree)
    return Imported(conversation, tree.report)


def _refused(exc: ChatRefused) -> ChatFileRefused:
    words = filewords.refusal(exc)
    return ChatFileRefused(words, field=exc.path or "file", reason=exc.reason.value, path=exc.path)


def _named(fan: User, tree: ChatTree) -> Character:
    """Return the character a file means: by our own address, else the only one of this name."""
    visible = Character.objects.visible_to(fan)
    if tree.slug and (found := visible.filter(slug=tree.slug).first()):
        return found
    named = list(visible.filter(name__iexact=tree.character)[:2]) if tree.character else []
    if len(named) != 1:
        raise CharacterUnknown(field="character", name=tree.character)
    return named[0]


def _conversation(fan: User, character: Character, tree: ChatTree) -> Conversation:
    """Return the conversation, not stored yet."""
    version = None if character.owner_id == fan.pk and character.published_id is None else character.published
    named = Persona.objects.owned_by(fan).filter(name=tree.fan).first() if tree.fan else None
    return Conversation(
        fan=fan,
        character=character,
        version=version,
        persona=named or default_persona(fan),
        scene=tree.scene if tree.scene in scenes.presets() else character.scene,
        author_note=tree.note,
        title=tree.title,
        channel=Conversation.Channel.IMPORT,
        last_message_at=timezone.now(),
    )


def _screen(tree: ChatTree, profile: CharacterProfile) -> None:
    """Take out the words that cross a red line, on the side that says them; raise `ChatRefused` where none may stay."""
    for node in tree.nodes:
        if node.text and (policy := _policy(node.role, node.text, profile, node.place)):
            tree.report.blocked.append((node.place, policy))
            node.text, node.status, node.kept = "", Message.Status.BLOCKED, {}
    words = tree.note.get("text")
    if isinstance(words, str) and words and (policy := _policy("fan", words, profile, "author_note")):
        tree.report.blocked.append(("author_note", policy))
        tree.note = {}


def _policy(role: str, text: str, profile: CharacterProfile, place: str) -> str:
    if role == Message.Role.CHARACTER:
        verdict = guard.screen(text, side="character", profile=profile)
    else:
        verdict = guard.screen(text, side="fan")
    if not verdict.is_blocked:
        return ""
    if verdict.policy_code == _NO_EXCUSE:
        raise ChatRefused(Reason.RED_LINE, place, policy_code=verdict.policy_code)
    return verdict.policy_code


def _store(conversation: Conversation, tree: ChatTree) -> None:
    """Write all rows. Runs in the caller's transaction."""
    conversation.author_note = tree.note
    conversation.save()
    keys = _store_messages(conversation, tree)
    if tree.head is not None:
        conversation.head_id = keys[tree.head]
        conversation.save(update_fields=["head", "updated_at"])
    named = dict(tree.checkpoints[:MAX_PLACES])
    Checkpoint.objects.bulk_create(
        Checkpoint(conversation=conversation, fan=conversation.fan, message_id=keys[place], name=name)
        for name, place in named.items()
    )
    own = WorldBook.objects.owned_by(conversation.fan).filter(name__in=tree.books[:BOOKS_A_CHAT])
    conversation.books.set(own[:BOOKS_A_CHAT])


def _store_messages(conversation: Conversation, tree: ChatTree) -> list[int]:
    """Write the messages in bulk, parents before children, then how they hang together; return their keys."""
    keys: list[int] = []
    depths = tree.depths()
    for first in range(0, len(tree.nodes), _AT_ONCE):
        places = range(first, min(first + _AT_ONCE, len(tree.nodes)))
        rows = Message.objects.bulk_create([_row(conversation, tree, place, depths[place]) for place in places])
        keys += [row.pk for row in rows]
    moments = _moments(tree)
    adapted = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        # The moments of a file lie in the past, and a row written in bulk knows no other time than now.
        for links in _links(tree, keys, moments):
            cursor.executemany(
                "UPDATE chat_message SET parent_id = %s, created_at = %s WHERE id = %s",
                [(parent, adapted(at), key) for parent, at, key in links],
            )
    return keys


def _moments(tree: ChatTree) -> list[datetime]:
    """Return when each message was said. What tells no time was said right after the one before, nothing after now."""
    now = timezone.now()
    first = next((node.said_at for node in tree.nodes if node.said_at), tree.started_at) or now
    moments: list[datetime] = []
    for node in tree.nodes:
        before = first if node.parent is None else moments[node.parent]
        moments.append(min(node.said_at or before, now))
    return moments


def _links(
    tree: ChatTree, keys: list[int], moments: list[datetime]
) -> Iterator[list[tuple[int | None, datetime, int]]]:
    for first in range(0, len(keys), _AT_ONCE):
        yield [
            (None if (parent := tree.nodes[place].parent) is None else keys[parent], moments[place], keys[place])
            for place in range(first, min(first + _AT_ONCE, len(keys)))
        ]


def _row(conversation: Conversation, tree: ChatTree, place: int, depth: int) -> Message:
    node = tree.nodes[place]
    return Message(
        conversation=conversation,
        fan_id=conversation.fan_id,
        role=node.role,
        status=node.status,
        text=node.text,
        depth=depth,
        position=node.position,
        edited_at=node.edited_at,
        removed_at=timezone.now() if node.is_removed else None,
        scene=node.scene,
        mood=node.mood,
        state=_state(node),
        rating=node.rating,
        trace=_trace(tree, place),
    )


def _state(node: Node) -> dict[str, Any]:
    """Return how the branch stands after a message; a reply always tells, lest a turn look back through all of them."""
    if node.state or node.role != Message.Role.CHARACTER:
        return node.state
    return {"greeting": node.position if node.parent is None else 0}


def _trace(tree: ChatTree, place: int) -> dict[str, Any]:
    """Return what a foreign file said besides, for the way back; the first message keeps what is about the whole."""
    trace: dict[str, Any] = {"file": tree.nodes[place].kept} if tree.nodes[place].kept else {}
    if place == 0:
        trace["import"] = filewords.as_dict(tree.report)
        trace |= {"chat_file": tree.kept} if tree.kept else {}
    return trace
