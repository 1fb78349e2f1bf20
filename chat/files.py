"""Reads chats from files: our own export, SillyTavern's JSONL, and plain lists of messages. Pure.

A file that is none of these is refused with its place in words that need no translation: operators read them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from characters.cards.errors import CardRefused, Refusal
from characters.cards.limits import Json, JsonObject, load_json
from chat.given import Note
from chat.replay import Chat, Said
from chat.transfer.cardia import READ

_ROLES = {
    **dict.fromkeys(("fan", "user", "human", "you"), "fan"),
    **dict.fromkeys(("character", "assistant", "char", "bot", "model"), "character"),
    "director": "director",
}
_ASIDE = frozenset({"platform", "system", "developer", "tool", "narrator"})
# What never became a reply, as in `Message.objects.lines_to`.
_UNSAID = frozenset({"failed", "pending"})
# SillyTavern's places of the author's note, and its roles.
_NOTE_PLACES = {0: "after", 1: "in_chat", 2: "before"}
_MILLISECONDS = 1e11


class ChatUnreadable(Exception):
    """A file that holds no chat. `path` is the place in it."""

    def __init__(self, reason: str, path: str) -> None:
        self.reason = reason
        self.path = path
        super().__init__(f"{path}: {reason}")


def read_chat(data: bytes) -> Chat:
    """Return the chat in a file. Raises `ChatUnreadable`."""
    try:
        return _chat(load_json(data))
    except CardRefused as exc:
        rows = [(number, row) for number, row in enumerate(data.splitlines(), start=1) if row.strip()]
        if exc.reason not in {Refusal.BAD_JSON, Refusal.FILE_TOO_LARGE} or len(rows) < 2:
            raise ChatUnreadable(exc.reason.value, exc.path) from exc
    try:
        return _of_tavern([(f"line {number}", load_json(row, where=f"line {number}")) for number, row in rows])
    except CardRefused as exc:
        raise ChatUnreadable(exc.reason.value, exc.path) from exc


def _chat(value: Json) -> Chat:
    if isinstance(value, dict):
        rows = value.get("messages")
        if value.get("format") in READ and isinstance(rows, list):
            return Chat(_ours(value, rows), user=_text(value, "fan"))
        if "chat_metadata" in value or "user_name" in value:
            return _of_tavern([("line 1", value)])
        value = rows
    if not isinstance(value, list):
        raise ChatUnreadable("no list of messages", "$")
    placed = [(f"[{number}]", row) for number, row in enumerate(value)]
    if value and isinstance(value[0], dict) and {"chat_metadata", "user_name", "mes"} & value[0].keys():
        return _of_tavern(placed)
    return Chat(tuple(said for path, row in placed if (said := _plain(row, path)) is not None))


def _ours(chat: JsonObject, rows: list[Json]) -> tuple[Said, ...]:
    """Return the branch that ends at `head`; without one, at the last message."""
    placed = [(f"messages[{number}]", row) for number, row in enumerate(rows) if isinstance(row, dict)]
    # Taken out as the branch is walked up, so that one that leads back into itself ends.
    known = {_text(row, "id"): (path, row) for path, row in placed}
    branch: list[Said | None] = []
    at = known.pop(_text(chat, "head"), None) or (placed[-1] if placed else None)
    while at is not None:
        path, row = at
        if _is_said(row):
            branch.append(_plain(row, path))
        at = known.pop(_text(row, "parent"), None)
    return tuple(said for said in reversed(branch) if said is not None)


def _is_said(row: JsonObject) -> bool:
    return row.get("status") not in _UNSAID and bool(row.get("text"))


def _plain(row: Json, path: str) -> Said | None:
    """Read `{role, text}` or `{role, content}`; None for what is no part of the chat."""
    if not isinstance(row, dict):
        raise ChatUnreadable("not an object", path)
    role = _text(row, "role").lower()
    if role in _ASIDE:
        return None
    if role not in _ROLES:
        raise ChatUnreadable(f"role is one of {', '.join(_ROLES)}", f"{path}.role")
    text = row.get("text", row.get("content"))
    if not isinstance(text, str):
        raise ChatUnreadable("text or content must be text", path)
    return Said(_ROLES[role], text, _moment(row.get("said_at")), _text(row, "id")) if text else None


def _of_tavern(rows: list[tuple[str, Json]]) -> Chat:
    said: list[Said] = []
    head: JsonObject = {}
    for path, row in rows:
        if not isinstance(row, dict):
            raise ChatUnreadable("not an object", path)
        if "mes" not in row:
            head = head or row
            continue
        text = row["mes"]
        if not isinstance(text, str):
            raise ChatUnreadable("mes must be text", f"{path}.mes")
        if text and not row.get("is_system"):
            said.append(Said("fan" if row.get("is_user") else "character", text, _moment(row.get("send_date"))))
    meta = head.get("chat_metadata")
    meta = meta if isinstance(meta, dict) else {}
    user = _text(head, "user_name")
    return Chat(tuple(said), "" if user == "unused" else user, _note(meta), _variables(meta))


def _note(meta: JsonObject) -> Note:
    place = meta.get("note_position")
    position = _NOTE_PLACES.get(place, "in_chat") if isinstance(place, int) else "in_chat"
    raw = {"depth": meta.get("note_depth"), "role": meta.get("note_role"), "position": position}
    return Note.of({**raw, "text": meta.get("note_prompt")})


def _variables(meta: JsonObject) -> Mapping[str, str]:
    found = meta.get("variables")
    if not isinstance(found, dict):
        return {}
    return {name: str(value) for name, value in found.items() if isinstance(value, str | int | float)}


def _text(row: JsonObject, name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""


def _moment(value: Json) -> datetime | None:
    """Read an ISO time, or milliseconds; SillyTavern's older ways to write one are left aside."""
    try:
        if isinstance(value, int | float) and value > _MILLISECONDS:
            return datetime.fromtimestamp(value / 1000, UTC)
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except (ValueError, OverflowError, OSError):
        return None
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at
