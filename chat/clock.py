"""What time it is where the fan is: 昨天 is yesterday there."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils import timezone

from accounts.models import User


def zone_of(fan: User) -> ZoneInfo:
    """Return the fan's time zone, UTC where it is not known."""
    try:
        return ZoneInfo(fan.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def now_of(fan: User) -> datetime:
    """Return the present moment in the fan's time zone."""
    return timezone.localtime(timezone=zone_of(fan))
