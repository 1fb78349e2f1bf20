"""The ways SillyTavern has written when something was said. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from characters.cards.limits import Json

# 2024-7-12@01h31m37s, 2023-06-19 @14h 20m 05s 123ms
_HUMANIZED = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})\s*@\s*(\d{1,2})h\s*(\d{1,2})m\s*(\d{1,2})s(?:\s*(\d{1,3})ms)?\s*$", re.ASCII
)
# June 19, 2023 2:20pm
_SPOKEN = re.compile(
    r"([A-Za-z]{3,9}) (\d{1,2}), (\d{4})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([AaPp][Mm])?\s*$", re.ASCII
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DIGITS = re.compile(r"\d{9,16}$", re.ASCII)
# From here on a number counts milliseconds, below it seconds.
_MILLISECONDS = 1e11


def moment(value: Json) -> datetime | None:
    """Return when something was said, aware; None for what nobody can read. A time without a zone is UTC."""
    try:
        if isinstance(value, bool) or value is None:
            return None
        if isinstance(value, int | float):
            return _of_number(float(value))
        return _of_text(value.strip()) if isinstance(value, str) else None
    except (ValueError, OverflowError, OSError):
        return None


def _of_number(value: float) -> datetime | None:
    if value <= 0:
        return None
    return datetime.fromtimestamp(value / 1000 if value >= _MILLISECONDS else value, UTC)


def _of_text(text: str) -> datetime | None:
    if _DIGITS.match(text):
        return _of_number(float(text))
    if found := _HUMANIZED.match(text):
        year, month, day, hour, minute, second, milli = (int(part or 0) for part in found.groups())
        return datetime(year, month, day, hour, minute, second, milli * 1000, tzinfo=UTC)
    if found := _SPOKEN.match(text):
        return _spoken(found)
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _spoken(found: re.Match[str]) -> datetime:
    month = _MONTHS.index(found[1][:3].lower()) + 1
    hour = int(found[4])
    if found[7]:
        hour = hour % 12 + (12 if found[7].lower() == "pm" else 0)
    return datetime(int(found[3]), month, int(found[2]), hour, int(found[5]), int(found[6] or 0), tzinfo=UTC)


def written(at: datetime | None) -> str:
    """Return a moment as SillyTavern writes it today."""
    if at is None:
        return ""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
