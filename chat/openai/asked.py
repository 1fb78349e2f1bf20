"""Reads what a program asks for, and refuses what cannot be read; knows no database."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from chat.aligning import Said
from chat.exceptions import MessageTooLong, MessageUnreadable, ModelNotFound
from chat.services.answering import WINDOW, Ask
from chat.wish import Wish
from companion_site.core.exceptions import Invalid
from companion_site.core.text import strip_invisible

MOST_MESSAGES = 2000
# A reply may have 16 KiB; a line of a program's chat that is longer was never said by anybody.
LINE_CHARS = 16 * 1024
SYSTEM_CHARS = 32_000
# What of a program's own instructions reaches the prompt: as much as an author's note may have.
NOTE_CHARS = 4000
_STOPS, _STOP_CHARS = 16, 64
_DRAFT = ":draft"
_LINES = {"user": "fan", "assistant": "character"}
_SYSTEM = frozenset({"system", "developer"})
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: which model, what to answer, and how."""

    model: str
    slug: str
    ask: Ask
    wish: Wish
    is_stream: bool
    wants_usage: bool


def read(body: bytes, headers: Mapping[str, str]) -> Asked:
    """Return what is asked for. Raises `Invalid` and the refusals of messages, naming the field."""
    data = _object(body)
    model = _text(data, "model")
    lines, note = _chat(data.get("messages"))
    if data.get("n") not in (None, 1):
        raise Invalid(_("One answer at a time: n must be 1."), field="n")
    token = headers.get("Idempotency-Key", "")
    retries = headers.get("X-Stainless-Retry-Count", "")
    ask = Ask(
        lines=lines,
        note=note,
        is_draft=model.endswith(_DRAFT),
        seed=_seed(data),
        token=f"key:{hashlib.sha256(token.encode()).hexdigest()[:48]}" if token else "",
        is_retry=retries.isdecimal() and int(retries[:4]) > 0,
    )
    options = data.get("stream_options")
    return Asked(
        model=model,
        slug=model.removesuffix(_DRAFT),
        ask=ask,
        wish=_wish(data),
        is_stream=_flag(data, "stream"),
        wants_usage=_flag(options, "include_usage") if isinstance(options, dict) else False,
    )


def _object(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise Invalid(_("The body is not JSON we can read.")) from exc
    if not isinstance(data, dict):
        raise Invalid(_("The body must be a JSON object."))
    return data


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value:
        raise ModelNotFound(field=name)
    return value


def _flag(data: Mapping[str, Any], name: str) -> bool:
    value = data.get(name)
    if value is not None and not isinstance(value, bool):
        raise Invalid(_("This must be true or false."), field=name)
    return bool(value)


def _number(data: Mapping[str, Any], name: str, *, most: float) -> float | None:
    value = data.get(name)
    if value is None:
        return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or (isinstance(value, float) and not math.isfinite(value)) or not 0 <= value <= most:
        raise Invalid(_("This must be a number from 0 to %(most)s.") % {"most": most}, field=name)
    return float(value)


def _count(data: Mapping[str, Any], name: str) -> int | None:
    value = data.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise Invalid(_("This must be a whole number from 1 on."), field=name)
    return value


def _seed(data: Mapping[str, Any]) -> int | None:
    value = data.get("seed")
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value < 0):
        return None  # -1 is how several programs write "any"
    if not isinstance(value, int) or isinstance(value, bool):
        raise Invalid(_("This must be a whole number."), field="seed")
    return value % (2**31 - 1) + 1


def _wish(data: Mapping[str, Any]) -> Wish:
    most = _count(data, "max_completion_tokens") or _count(data, "max_tokens")
    return Wish(
        temperature=_number(data, "temperature", most=2),
        top_p=_number(data, "top_p", most=1),
        max_tokens=most,
        stop=_stops(data.get("stop")),
    )


def _stops(value: object) -> tuple[str, ...]:
    stops = [value] if isinstance(value, str) else value
    if stops is None:
        return ()
    if not isinstance(stops, list) or len(stops) > _STOPS or not all(_is_stop(stop) for stop in stops):
        raise Invalid(_("Up to 16 texts of at most 64 characters each."), field="stop")
    return tuple(stop for stop in stops if stop)


def _is_stop(stop: object) -> bool:
    return isinstance(stop, str) and len(stop) <= _STOP_CHARS and not _UNSTORABLE.search(stop)


def _chat(messages: object) -> tuple[tuple[Said, ...], str]:
    """Return the lines of the chat, its newest part, and the program's instructions beside it."""
    if not isinstance(messages, list) or not messages:
        raise Invalid(_("A list of messages is needed."), field="messages")
    if len(messages) > MOST_MESSAGES:
        raise Invalid(_("At most %(most)s messages fit into one request.") % {"most": MOST_MESSAGES}, field="messages")
    lines: list[Said] = []
    told: list[str] = []
    for place, message in enumerate(messages):
        role, text = _message(message, f"messages[{place}]")
        if role in _SYSTEM:
            told.append(text)
        # Blank lines are how some programs keep the roles in turn; the newest one is an answer's question.
        elif strip_invisible(text).strip() or place == len(messages) - 1:
            lines.append(Said(_LINES[role], text, place))
    if sum(len(text) for text in told) > SYSTEM_CHARS:
        raise MessageTooLong(field="messages", limit=SYSTEM_CHARS)
    if not any(line.role == "fan" for line in lines):
        raise Invalid(_("Somebody must have said something: a message of role “user” is needed."), field="messages")
    return tuple(lines[-WINDOW:]), _note(told)


def _message(message: object, field: str) -> tuple[str, str]:
    if not isinstance(message, dict):
        raise Invalid(_("A message is an object with role and content."), field=field)
    role = message.get("role")
    if not isinstance(role, str) or not (role in _LINES or role in _SYSTEM):
        raise Invalid(_("The role must be user, assistant, system or developer."), field=f"{field}.role")
    text = _content(message.get("content"), f"{field}.content")
    if _UNSTORABLE.search(text):
        raise MessageUnreadable(field=f"{field}.content")
    if role in _LINES and len(text) > LINE_CHARS:
        raise MessageTooLong(field=f"{field}.content", limit=LINE_CHARS)
    return role, text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _content(content: object, field: str) -> str:
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise Invalid(_("The content must be a text, or a list of text parts."), field=field)
    texts = []
    for part in content:
        text = part.get("text") if isinstance(part, dict) and part.get("type") == "text" else None
        if not isinstance(text, str):
            raise Invalid(_("Characters read text only: no images, no sound, no files."), field=field)
        texts.append(text)
    return "".join(texts)


def _note(told: list[str]) -> str:
    """Return the instructions there is room for, the last first in line: a program puts what weighs most there."""
    kept: list[str] = []
    left = NOTE_CHARS
    for text in reversed(told):
        kept.append(text[:left])
        left -= len(text) + 1
        if left <= 0:
            break
    return "\n".join(text for text in reversed(kept) if text)
