"""Taking a chat home: the whole tree as our JSON, or its branches as SillyTavern's lines."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

from chat.models import Conversation, Message
from chat.services.conversations import fan_name
from chat.transfer import ChatTree, Node, cardia, members, tavern_writing

# More branches than these are in our JSON only; each of their files repeats all that was said before.
BRANCHES = 100
ZIP_BYTES = 64 * 1024 * 1024
_READ_AT_ONCE = 2000
_FIELDS = ("pk", "public_id", "parent_id", "role", "text", "status", "position", "created_at", "edited_at")
_MORE = ("removed_at", "rating", "scene", "mood", "state", "trace__file", "trace__chat_file")
_UNSAFE = re.compile(r"[^\w一-鿿-]+")


def export_conversation(conversation: Conversation) -> dict[str, Any]:
    """Return the whole tree as JSON members, labelled as AI-generated where it is."""
    return cardia.write(tree_of(conversation))


def export_lines(conversation: Conversation) -> str:
    """Return the branch on show, with its swipes, as SillyTavern's lines."""
    return "".join(tavern_writing.write(tree_of(conversation)))


def export_branches(conversation: Conversation) -> bytes:
    """Return every branch as a file of SillyTavern's lines, in a zip; the one on show is the first."""
    tree = tree_of(conversation)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        room = ZIP_BYTES
        for number, head in enumerate(tavern_writing.branches(tree)[:BRANCHES], start=1):
            lines = "".join(tavern_writing.write(tree, head)).encode()
            room -= len(lines)
            if room < 0:
                break
            archive.writestr(f"{number:03d} - {_name_of(tree, head)}.jsonl", lines)
    return packed.getvalue()


def _name_of(tree: ChatTree, head: int) -> str:
    """Return what a branch is called: its named place, the chat's title, or its last words."""
    names = [name for name, place in tree.checkpoints if place == head]
    words = names[0] if names else tree.title or tree.nodes[head].text[:40]
    return _UNSAFE.sub(" ", words).strip()[:60] or tree.slug


def tree_of(conversation: Conversation) -> ChatTree:
    """Return a conversation as a tree, without what its fan deleted and without the platform's own cards."""
    tree = ChatTree(
        [],
        character=conversation.character.name,
        slug=conversation.character.slug,
        version=conversation.version.number if conversation.version is not None else 0,
        fan=fan_name(conversation),
        title=conversation.title,
        scene=conversation.scene,
        started_at=conversation.created_at,
        note=conversation.author_note,
        books=[book.name for book in conversation.books.only("name").order_by("pk")],
    )
    places = _take_messages(tree, conversation)
    tree.head = places.get(conversation.head_id or 0)
    named = conversation.checkpoints.order_by("pk").values_list("name", "message_id")
    tree.checkpoints = [(name, places[message]) for name, message in named if message in places]
    return tree


def _take_messages(tree: ChatTree, conversation: Conversation) -> dict[int, int]:
    """Fill the tree's nodes; return the place of each row by its key. Rows of one parent are stored after it."""
    places: dict[int, int] = {}
    rows = conversation.messages.living().exclude(role=Message.Role.PLATFORM).order_by("pk")
    for row in rows.values(*_FIELDS, *_MORE).iterator(chunk_size=_READ_AT_ONCE):
        if row["parent_id"] is not None and row["parent_id"] not in places:
            continue
        places[row["pk"]] = len(tree.nodes)
        tree.nodes.append(_node(row, places))
        tree.kept = tree.kept or row["trace__chat_file"] or {}
    return places


def _node(row: dict[str, Any], places: dict[int, int]) -> Node:
    is_removed = row["removed_at"] is not None
    return Node(
        row["role"],
        "" if is_removed else row["text"],
        None if row["parent_id"] is None else places[row["parent_id"]],
        row["position"],
        status=row["status"],
        id=str(row["public_id"]),
        said_at=row["created_at"],
        edited_at=row["edited_at"],
        is_removed=is_removed,
        rating=row["rating"],
        scene=row["scene"],
        mood=members.mood(row),
        state=members.state(row),
        kept={} if is_removed else row["trace__file"] or {},
    )
