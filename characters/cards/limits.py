"""What a card file may weigh, and JSON read without trusting it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import NoReturn, TypeAlias

from characters.cards.errors import CardRefused, Refusal

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = "dict[str, Json]"

FILE_BYTES = 16 * 1024 * 1024
ARCHIVE_BYTES = 50 * 1024 * 1024
UNPACKED_BYTES = 50 * 1024 * 1024
ARCHIVE_FILES = 200
RATIO = 100
RATIO_FROM = 64 * 1024
PATH_CHARS = 200
YAML_BYTES = 128 * 1024
JSON_BYTES = 4 * 1024 * 1024
LAID_OUT_BYTES = 128 * 1024
CARD_CHUNK_BYTES = 512 * 1024
TEXT_CHUNKS = 64
CHUNKS = 20_000
IMAGE_SIDE = 4096
IMAGE_PIXELS = 16_000_000
DEPTH = 64
VALUES = 400_000
CONTAINERS = 100_000
INTEGER_DIGITS = 22  # what JavaScript writes out in full

NAME_CHARS = 200
TEXT_CHARS = 200_000
LIST_ITEMS = 500
ASSETS = 2_000
BOOK_ENTRIES = 20_000

# PostgreSQL refuses NUL, and a lone surrogate cannot be encoded: either would be a 500 later on.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

# One step of the walk: the value, its depth and the linked path that leads to it.
_Container: TypeAlias = "dict[str, Json] | list[Json]"
_Path: TypeAlias = "tuple[_Path | None, str | int]"


def load_json(raw: bytes, *, where: str = "$") -> Json:
    """Parse `raw` (UTF-8, with or without BOM) within the limits; raise `CardRefused` naming the place."""
    if len(raw) > JSON_BYTES:
        raise CardRefused(Refusal.FILE_TOO_LARGE, where, limit_kib=JSON_BYTES // 1024)
    # Counted before a tree is built: an object of three bytes takes two hundred in memory. Texts have commas
    # and brackets too, but never that many.
    if raw.count(b"{") + raw.count(b"[") > CONTAINERS or raw.count(b",") > 2 * VALUES:
        raise CardRefused(Refusal.TOO_MANY_VALUES, where, limit=VALUES)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise CardRefused(Refusal.BAD_TEXT, f"{where}[byte {exc.start}]") from exc
    try:
        value: Json = json.loads(text, parse_constant=_no_constant, parse_int=integer, parse_float=number)
    except RecursionError as exc:
        raise CardRefused(Refusal.TOO_DEEP, where, limit=DEPTH) from exc
    except json.JSONDecodeError as exc:
        raise CardRefused(Refusal.BAD_JSON, f"{where}[line {exc.lineno}, column {exc.colno}]") from exc
    check(value, where=where)
    return value


def dump_json(value: JsonObject) -> bytes:
    """Return `value` as JSON, short ones laid out for people; raise `CardRefused` where nobody could read it again.

    Laying out is done in Python, twenty times slower than the rest: a book of 20,000 entries would take seconds.
    """
    raw = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    if len(raw) > JSON_BYTES:
        raise CardRefused(Refusal.FILE_TOO_LARGE, "$", limit_kib=JSON_BYTES // 1024)
    if len(raw) > LAID_OUT_BYTES:
        return raw
    return json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False).encode()


def fitting(files: Mapping[str, bytes], room: int) -> dict[str, bytes]:
    """Return those of `files`, in their order, that fit as base64 into `room` bytes."""
    kept: dict[str, bytes] = {}
    for path, raw in files.items():
        weight = len(raw) * 4 // 3 + 200
        if weight <= room:
            room -= weight
            kept[path] = raw
    return kept


def _no_constant(name: str) -> NoReturn:
    raise CardRefused(Refusal.BAD_NUMBER, "$", value=name)


def integer(digits: str) -> int:
    if len(digits) > INTEGER_DIGITS:
        raise CardRefused(Refusal.BAD_NUMBER, "$", value=digits[:20] + "…")
    return int(digits)


def number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise CardRefused(Refusal.BAD_NUMBER, "$", value=text[:20])
    return value


def check(value: Json, *, where: str = "$") -> None:
    """Walk `value` without recursion; raise `CardRefused` past depth or count, or at text no database stores."""
    stack: list[tuple[_Container, int, _Path | None]] = [([value], 0, None)]
    seen = 0
    while stack:
        item, depth, path = stack.pop()
        seen += len(item)
        if seen > VALUES:
            raise CardRefused(Refusal.TOO_MANY_VALUES, where, limit=VALUES)
        for step, child in _containers(item, where, path):
            below = None if depth == 0 else (path, step)
            if depth > DEPTH:
                raise CardRefused(Refusal.TOO_DEEP, _spell(where, below), limit=DEPTH)
            stack.append((child, depth + 1, below))


def _containers(item: _Container, where: str, path: _Path | None) -> Iterator[tuple[str | int, _Container]]:
    """Yield what lies deeper below `item`; its texts and names are checked on the way."""
    if isinstance(item, dict):
        for name in item:
            if not name.isascii() or "\0" in name:
                _check_text(name, where, path)
    for step, child in item.items() if isinstance(item, dict) else enumerate(item):
        if isinstance(child, str):
            if not child.isascii() or "\0" in child:
                _check_text(child, where, (path, step))
        elif isinstance(child, dict | list):
            yield step, child


def _check_text(text: str, where: str, path: _Path | None) -> None:
    """Refuse NUL and lone surrogates; encoding finds the latter a hundred times faster than a pattern does."""
    try:
        text.encode()
    except UnicodeEncodeError as exc:
        raise CardRefused(Refusal.BAD_TEXT, _spell(where, path)) from exc
    if "\0" in text:
        raise CardRefused(Refusal.BAD_TEXT, _spell(where, path))


def _spell(where: str, path: _Path | None) -> str:
    steps: list[str | int] = []
    while path is not None:
        path, step = path
        steps.append(step)
    spelled = where
    for step in reversed(steps):
        spelled += f"[{step}]" if isinstance(step, int) else f".{_UNSTORABLE.sub('?', step)[:60]}"
    return spelled.removeprefix("$.")
