"""SillyTavern's chats: one JSON object a line, the first about the chat, the others messages with their swipes. Pure.

A message's swipes become siblings; everything else of its line is kept with the one that was on show, so that the
way back gives the line again. Hidden and system lines are kept beside the message before them.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field

from characters.cards.limits import Json, JsonObject
from chat.transfer import dates, limits, members
from chat.transfer.errors import ChatRefused, Reason
from chat.transfer.members import flag, mapping, number, rows, text, texts
from chat.transfer.tree import ChatTree, Node, Report, require_length

FORMAT = "sillytavern"
_UNUSED = "unused"
# What is read of a line; the rest is only kept.
_OF_MESSAGE = frozenset({"name", "is_user", "is_system", "send_date", "mes", "swipes", "swipe_id", "swipe_info"})
_OF_HEAD = frozenset({"user_name", "character_name", "create_date", "chat_metadata"})
_OF_META = frozenset({"note_prompt", "note_depth", "note_position", "note_role", "note_interval", "variables"})
# SillyTavern's places of the author's note, and its roles.
_NOTE_PLACES = {0: "after", 1: "in_chat", 2: "before"}
_NOTE_ROLES = ("system", "user", "assistant")
_NARRATOR = "narrator"


@dataclass(slots=True)
class _Reader:
    tree: ChatTree
    names: list[str] = field(default_factory=list)
    avatars: set[str] = field(default_factory=set)
    holder: JsonObject | None = None


def read(data: bytes) -> ChatTree:
    """Return the chat in SillyTavern's lines. Raises `ChatRefused` naming the line."""
    reader = _Reader(ChatTree([], report=Report(format=FORMAT)))
    for where, row in _lines(data):
        if "mes" not in row:
            _take_head(reader, row, where)
        elif _is_hidden(row, where):
            _set_aside(reader, row)
        else:
            _take_message(reader, row, where)
    tree = reader.tree
    if not tree.nodes:
        raise ChatRefused(Reason.EMPTY, "$")
    tree.report.messages = len(tree.nodes)
    if "head" not in tree.kept:
        tree.kept["is_headless"] = True
    _settle_state(tree)
    return tree


def _lines(data: bytes) -> Iterator[tuple[str, JsonObject]]:
    """Yield each line that is not blank with its place, one at a time: a million of them cost no memory."""
    count = 0
    for at, line in enumerate(io.BytesIO(data), start=1):
        if not line.strip():
            continue
        where = f"line {at}"
        count += 1
        if count > limits.MESSAGES + 1:
            raise ChatRefused(Reason.TOO_MANY_MESSAGES, where, limit=limits.MESSAGES)
        if len(line) > limits.LINE_BYTES:
            raise ChatRefused(Reason.LINE_TOO_LARGE, where, limit_kib=limits.LINE_BYTES // 1024)
        row = members.an_object(limits.parse(line.rstrip(), where=where), where=where)
        limits.walk(row, where=where)
        yield where, row


def _take_head(reader: _Reader, row: JsonObject, where: str) -> None:
    tree = reader.tree
    if tree.nodes or tree.kept:
        raise ChatRefused(Reason.WRONG_TYPE, f"{where}.mes", wanted="text")
    limits.require_room(row, where=where)
    if row.get("is_group") is True or isinstance(row.get("members"), list):
        raise ChatRefused(Reason.GROUP_CHAT, where)
    user, character = text(row, "user_name", where=where), text(row, "character_name", where=where)
    tree.fan = "" if user == _UNUSED else user[: limits.NAME_CHARS]
    tree.character = "" if character == _UNUSED else character[: limits.NAME_CHARS]
    tree.started_at = dates.moment(row.get("create_date"))
    meta = mapping(row, "chat_metadata", where=where)
    tree.note = note_of(meta)
    tree.kept["head"] = row
    unread = tree.report.unread
    unread.update(name for name in row if name not in _OF_HEAD)
    unread.update(f"chat_metadata.{name}" for name in meta if name not in _OF_META)


def _is_hidden(row: JsonObject, where: str) -> bool:
    text(row, "mes", where=where)
    extra = mapping(row, "extra", where=where)
    return flag(row, "is_system", where=where) and extra.get("type") != _NARRATOR


def _set_aside(reader: _Reader, row: JsonObject) -> None:
    # Beside the message before it, on the way back it follows there again.
    holder = reader.holder if reader.holder is not None else reader.tree.kept
    found = holder.setdefault("after", [])
    assert isinstance(found, list)
    found.append(row)
    reader.tree.report.left_out["hidden"] += 1


def _take_message(reader: _Reader, row: JsonObject, where: str) -> None:
    tree = reader.tree
    role = _role(row, where)
    said = text(row, "mes", where=where)
    swipes = texts(row, "swipes", where=where)
    _check_swipe_info(row, where)
    shown = _shown(row, said, swipes, where)
    kept: JsonObject = {"row": {name: value for name, value in row.items() if name not in ("mes", "swipes")}}
    limits.require_room(kept, where=where)
    if "swipes" not in row or row["swipes"] is None:
        kept["bare"] = "swipes" not in row
    elif not swipes:
        kept["is_empty"] = True
    elif swipes[shown] != said:
        # SillyTavern does not always write an edit into the list of swipes.
        kept["swipe"] = swipes[shown]
    _require_one_character(reader, row, role, where)
    parent, first = tree.head, len(tree.nodes)
    for position, words in enumerate(swipes or [said]):
        node = Node(role, said if position == shown else words, parent, position, place=where)
        node.said_at = dates.moment(_date_of(row, position, is_shown=position == shown))
        require_length(role, node.text, where=f"{where}.mes" if position == shown else f"{where}.swipes[{position}]")
        tree.nodes.append(node)
    if len(tree.nodes) > limits.MESSAGES:
        raise ChatRefused(Reason.TOO_MANY_MESSAGES, where, limit=limits.MESSAGES)
    tree.head = first + shown
    tree.nodes[tree.head].kept = reader.holder = kept
    tree.report.swipes += max(0, len(swipes) - 1)
    tree.report.unread.update(name for name in row if name not in _OF_MESSAGE and name != "extra")
    tree.report.unread.update(f"extra.{name}" for name in mapping(row, "extra", where=where) if name != "type")


def _role(row: JsonObject, where: str) -> str:
    if mapping(row, "extra", where=where).get("type") == _NARRATOR:
        return "director"
    return "fan" if flag(row, "is_user", where=where) else "character"


def _check_swipe_info(row: JsonObject, where: str) -> None:
    if row.get("swipe_info") is not None:
        rows(row, "swipe_info", where=where)


def _shown(row: JsonObject, said: str, swipes: list[str], where: str) -> int:
    """Return which swipe the line shows."""
    if len(swipes) > limits.SWIPES:
        raise ChatRefused(Reason.TOO_MANY_SWIPES, f"{where}.swipes", limit=limits.SWIPES)
    if not swipes:
        number(row, "swipe_id", where=where)
        return 0
    if row.get("swipe_id") is None:
        return swipes.index(said) if said in swipes else 0
    shown = number(row, "swipe_id", where=where)
    if not 0 <= shown < len(swipes):
        raise ChatRefused(Reason.WRONG_TYPE, f"{where}.swipe_id", wanted=f"0 to {len(swipes) - 1}")
    return shown


def _date_of(row: JsonObject, position: int, *, is_shown: bool) -> Json:
    info = row.get("swipe_info")
    if is_shown or not isinstance(info, list) or position >= len(info):
        return row.get("send_date")
    told = info[position]
    return told.get("send_date", row.get("send_date")) if isinstance(told, dict) else row.get("send_date")


def _require_one_character(reader: _Reader, row: JsonObject, role: str, where: str) -> None:
    """Refuse a group: several cards, or voices that come back after another. A renamed character is none."""
    name = text(row, "name", where=where)[: limits.NAME_CHARS]
    tree = reader.tree
    if role == "fan":
        tree.fan = tree.fan or name
        return
    if role != "character":
        return
    if isinstance(avatar := row.get("original_avatar"), str):
        reader.avatars.add(avatar)
    if name and (not reader.names or reader.names[-1] != name):
        if name in reader.names:
            raise ChatRefused(Reason.GROUP_CHAT, where)
        reader.names.append(name)
    if len(reader.avatars) > 1 or row.get("is_group") is True:
        raise ChatRefused(Reason.GROUP_CHAT, where)
    tree.character = tree.character or name


def _settle_state(tree: ChatTree) -> None:
    """Let every message tell how the branch stands, so that no turn has to look back through all of them."""
    head = tree.kept.get("head")
    meta = mapping(head, "chat_metadata") if isinstance(head, dict) else {}
    variables = variables_of(meta)
    last = tree.nodes[-1].parent
    for node in tree.nodes:
        node.state = {"greeting": 0}
        if variables and node.parent == last:
            node.state["variables"] = {"local": dict(variables), "global": {}}


def note_of(meta: JsonObject) -> JsonObject:
    """Return the author's note of a chat's metadata in our members, {} for none."""
    words = meta.get("note_prompt")
    if not isinstance(words, str) or not words.strip():
        return {}
    place, depth, role = meta.get("note_position"), meta.get("note_depth"), meta.get("note_role")
    is_whole = isinstance(depth, int) and not isinstance(depth, bool)
    return {
        "text": words.strip(),
        "position": _NOTE_PLACES.get(place, "in_chat") if isinstance(place, int) else "in_chat",
        "depth": max(0, min(1000, depth)) if is_whole and isinstance(depth, int) else 4,
        "role": _NOTE_ROLES[role] if isinstance(role, int) and 0 <= role < len(_NOTE_ROLES) else "system",
    }


def meta_of(note: JsonObject) -> JsonObject:
    """Return our author's note as SillyTavern's metadata; what `note_of` reads again."""
    if not note.get("text"):
        return {}
    places = {ours: theirs for theirs, ours in _NOTE_PLACES.items()}
    role = note.get("role")
    return {
        "note_prompt": note["text"],
        "note_interval": 1,
        "note_depth": note.get("depth", 4),
        "note_position": places.get(str(note.get("position")), 1),
        "note_role": _NOTE_ROLES.index(role) if isinstance(role, str) and role in _NOTE_ROLES else 0,
    }


def variables_of(meta: JsonObject) -> dict[str, str]:
    """Return the chat's variables as texts."""
    found = meta.get("variables")
    if not isinstance(found, dict):
        return {}
    return {
        name: value if isinstance(value, str) else str(value)
        for name, value in found.items()
        if isinstance(value, str | int | float) and not isinstance(value, bool)
    }
