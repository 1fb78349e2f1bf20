"""Macros of date and time, worded in the character's language. Pure: the moment comes in with the context."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

from characters.macros.moments import ago, formatted, is_chinese, span
from characters.macros.nodes import Call, Macro

_OFFSET = re.compile(r"utc([+-]\d{1,4})", re.IGNORECASE)
# moment.js: offsets below this are hours, others minutes.
_HOURS_BELOW = 16
_MOST_MINUTES = 24 * 60


def _as(pattern: str) -> Callable[[Call], str]:
    return lambda call: _now(call, pattern)


def _now(call: Call, pattern: str) -> str:
    now = call.context.now
    return formatted(now, pattern, call.context.language) if now is not None else ""


def _time(call: Call) -> str:
    """`{{time}}`, `{{time::UTC+8}}` and `{{time_UTC+8}}`."""
    now = call.context.now
    if now is None:
        return ""
    wanted = call.args[0] if call.args else ""
    found = _OFFSET.fullmatch(wanted if wanted[:1] not in "+-" else f"utc{wanted}")
    if found is not None:
        offset = int(found[1])
        minutes = offset * 60 if abs(offset) < _HOURS_BELOW else offset
        if abs(minutes) < _MOST_MINUTES:
            now = now.astimezone(timezone(timedelta(minutes=minutes)))
    return formatted(now, "LT", call.context.language)


def _format(call: Call) -> str:
    return _now(call, call.args[0])


def _idle(call: Call) -> str:
    idle, language = call.context.idle, call.context.language
    if idle is None:
        return "刚刚" if is_chinese(language) else "just now"
    return span(idle, language)


def _difference(call: Call) -> str:
    left, right = (_read(text, call.context.now) for text in call.args)
    return ago(left - right, call.context.language) if left is not None and right is not None else ""


def _read(text: str, now: datetime | None) -> datetime | None:
    """Read an ISO date or time; one without a zone is in the fan's."""
    try:
        moment = datetime.fromisoformat(text.strip())
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=now.tzinfo if now is not None else UTC)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


MACROS = (
    Macro("time", _time, 0, 1),
    Macro("time_utc", _time, 1, 1),
    Macro("date", _as("LL")),
    Macro("weekday", _as("dddd")),
    Macro("isotime", _as("HH:mm")),
    Macro("isodate", _as("YYYY-MM-DD")),
    Macro("datetimeformat", _format, 1, 1),
    Macro("idleduration", _idle, aliases=("idle_duration",)),
    Macro("timediff", _difference, 2, 2),
)
