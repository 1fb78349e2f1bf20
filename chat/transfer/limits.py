"""What a chat file may weigh, and JSON read without trusting it."""

from __future__ import annotations

import json
from typing import NoReturn

from characters.cards.errors import CardRefused, Refusal
from characters.cards.limits import Json, JsonObject, check, integer, number
from chat.transfer.errors import ChatRefused, Reason

FILE_BYTES = 20 * 1024 * 1024
LINE_BYTES = 1024 * 1024
MESSAGES = 50_000
SWIPES = 500
FAN_CHARS = 4000
CHARACTER_CHARS = 16_384
# What a message may hold besides its words: fields of other programs, kept for the way back.
REST_BYTES = 64 * 1024
NAME_CHARS = 120
# Counted before a tree is built: an object of three bytes takes two hundred in memory.
_CONTAINERS = 500_000
_COMMAS = 4_000_000
_REASONS = {
    Refusal.BAD_TEXT: Reason.BAD_TEXT,
    Refusal.BAD_NUMBER: Reason.BAD_NUMBER,
    Refusal.TOO_DEEP: Reason.TOO_DEEP,
}


def parse(raw: bytes, *, where: str) -> Json:
    """Return the JSON in `raw`; raise `ChatRefused` naming the place. What is in it must still be walked."""
    if raw.count(b"{") + raw.count(b"[") > _CONTAINERS or raw.count(b",") > _COMMAS:
        raise ChatRefused(Reason.TOO_MANY_VALUES, where)
    try:
        text = raw.decode("utf-8-sig")
        value: Json = json.loads(text, parse_constant=_no_constant, parse_int=integer, parse_float=number)
    except UnicodeDecodeError as exc:
        raise ChatRefused(Reason.BAD_TEXT, f"{where}[byte {exc.start}]") from exc
    except RecursionError as exc:
        raise ChatRefused(Reason.TOO_DEEP, where) from exc
    except json.JSONDecodeError as exc:
        at = f"line {exc.lineno}, " if exc.lineno > 1 else ""
        raise ChatRefused(Reason.BAD_JSON, f"{where}[{at}column {exc.colno}]") from exc
    except CardRefused as exc:
        raise ChatRefused(Reason.BAD_NUMBER, where) from exc
    return value


def walk(value: Json, *, where: str) -> None:
    """Raise `ChatRefused` past depth or count, or at text no database stores; no recursion."""
    try:
        check(value, where=where)
    except CardRefused as exc:
        raise ChatRefused(_REASONS.get(exc.reason, Reason.TOO_MANY_VALUES), exc.path) from exc


def require_room(rest: JsonObject, *, where: str) -> None:
    """Raise `ChatRefused` where fields besides the words of a message are too much to carry along."""
    if rest and len(json.dumps(rest, ensure_ascii=False).encode()) > REST_BYTES:
        raise ChatRefused(Reason.REST_TOO_LARGE, where, limit_kib=REST_BYTES // 1024)


def _no_constant(name: str) -> NoReturn:
    raise CardRefused(Refusal.BAD_NUMBER, "$", value=name)
