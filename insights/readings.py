"""Reads the nights: when people come, how long they stay, how replies end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from django.db.models import Count, Q
from django.db.models.functions import ExtractHour
from django.utils import timezone

from chat.models import Conversation, Message
from insights.models import Event


@dataclass(frozen=True, slots=True)
class Night:
    """What the report page shows. Hours are the reader's local hours, 0 to 23."""

    since: datetime
    turns_by_hour: list[int]
    turns_a_chat: list[tuple[str, int]]
    replies_by_status: list[tuple[str, int]]
    fans: int
    returning_fans: int
    purchases: int


# Upper bounds of the groups in "how many turns before they leave".
_GROUPS = ((1, "1"), (3, "2–3"), (10, "4–10"), (30, "11–30"), (10**9, "31+"))


def read_night(*, days: int, zone: tzinfo) -> Night:
    """Return the figures of the last `days` days, in a fixed number of queries."""
    since = timezone.now() - timedelta(days=days)
    said = Message.objects.filter(role=Message.Role.FAN, created_at__gte=since)
    fans = said.values("fan").annotate(days=Count("created_at__date", distinct=True))
    return Night(
        since=since,
        turns_by_hour=_by_hour(said, zone),
        turns_a_chat=_turns_a_chat(since),
        replies_by_status=_replies_by_status(since),
        fans=fans.count(),
        returning_fans=fans.filter(days__gt=1).count(),
        purchases=Event.objects.filter(kind=Event.Kind.OFFER_BOUGHT, created_at__gte=since).count(),
    )


def _by_hour(said: object, zone: tzinfo) -> list[int]:
    rows = said.annotate(hour=ExtractHour("created_at", tzinfo=zone)).values("hour").annotate(n=Count("pk"))  # type: ignore[attr-defined]
    counts = {row["hour"]: row["n"] for row in rows}
    return [counts.get(hour, 0) for hour in range(24)]


def _turns_a_chat(since: datetime) -> list[tuple[str, int]]:
    turns = Count("messages", filter=Q(messages__role=Message.Role.FAN, messages__created_at__gte=since))
    counts = Conversation.objects.annotate(n=turns).filter(n__gt=0).values_list("n", flat=True)
    groups = dict.fromkeys((label for _, label in _GROUPS), 0)
    for count in counts:
        groups[next(label for bound, label in _GROUPS if count <= bound)] += 1
    return list(groups.items())


def _replies_by_status(since: datetime) -> list[tuple[str, int]]:
    replies = Message.objects.filter(role=Message.Role.CHARACTER, parent__isnull=False, created_at__gte=since)
    counts = dict(replies.values_list("status").annotate(n=Count("pk")))
    return [(str(Message.Status(status).label), n) for status, n in sorted(counts.items(), key=lambda row: -row[1])]
