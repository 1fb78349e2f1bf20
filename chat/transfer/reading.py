"""Finds out what kind of chat file this is, and has it read. Pure."""

from __future__ import annotations

from characters.cards.limits import Json
from chat.transfer import cardia, limits, tavern
from chat.transfer.errors import ChatRefused, Reason
from chat.transfer.tree import ChatTree

_OF_TAVERN = frozenset({"chat_metadata", "user_name", "character_name", "mes"})


def read(data: bytes) -> ChatTree:
    """Return the chat in a file: our JSON, or SillyTavern's lines. Raises `ChatRefused` naming the place."""
    if len(data) > limits.FILE_BYTES:
        raise ChatRefused(Reason.FILE_TOO_LARGE, "$", limit_mib=limits.FILE_BYTES // (1024 * 1024))
    if not data.strip():
        raise ChatRefused(Reason.EMPTY, "$")
    if _is_in_lines(data):
        return tavern.read(data)
    value = limits.parse(data, where="$")
    if not isinstance(value, dict):
        raise ChatRefused(Reason.NOT_A_CHAT, "$")
    return cardia.read(value)


def _is_in_lines(data: bytes) -> bool:
    """Whether the first line that is not blank is a whole object of SillyTavern's."""
    start = len(data) - len(data.lstrip())
    end = data.find(b"\n", start, start + limits.LINE_BYTES)
    first = data[start:end] if end >= 0 else data[start : start + limits.LINE_BYTES]
    try:
        value: Json = limits.parse(first, where="line 1")
    except ChatRefused:
        # A first line that is broken: of a file of many objects, or the beginning of one laid out for people.
        rest = data[end + 1 :].lstrip() if end >= 0 else b""
        return first.lstrip(b"\xef\xbb\xbf").startswith(b"{") and rest.startswith(b"{")
    return isinstance(value, dict) and bool(_OF_TAVERN & value.keys())
