"""Transactional outbox: a task is promised in the caller's transaction and published after it commits."""

from __future__ import annotations

import logging
from datetime import timedelta

from celery import current_app
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from kombu.exceptions import OperationalError

from companion_site.core.models import OutboxTask
from companion_site.core.prepared import insert

logger = logging.getLogger(__name__)

# The commit hook publishes at once; the relay leaves it this long before it steps in.
GRACE = timedelta(seconds=10)
# A worker that has begun a task is given this long, more than a task may take; then it is dead, and the relay sends
# the task again. Brokers without such a lease of their own lose what a killed worker had in hand.
LEASE = timedelta(seconds=150)
# A task that has killed so many workers is left alone, and said so.
MOST_ATTEMPTS = 5
_ID = "outbox-"


def promise(name: str, *args: int | str) -> OutboxTask:
    """Write the task `name(*args)` into the outbox of the current transaction and publish it on commit.

    Arguments are ids, never objects. The task may run twice.
    """
    row = OutboxTask.objects.create(name=name, args=list(args))
    transaction.on_commit(lambda: publish(row), robust=True)
    return row


def leave(name: str, *args: int | str) -> OutboxTask:
    """Write the task into the outbox for the relay's next round, seconds from now.

    For work that nobody waits for and that comes with every reply: publishing costs the web process more than
    a query, and the relay runs elsewhere.
    """
    return insert(OutboxTask(name=name, args=list(args), created_at=timezone.now() - GRACE))


def publish(row: OutboxTask) -> bool:
    """Send one promised task to the broker; return False (and leave it to the relay) when the broker is away."""
    try:
        current_app.send_task(row.name, args=row.args, task_id=f"{_ID}{row.pk}")
    except (OperationalError, OSError) as exc:
        logger.warning("broker away, %s stays in the outbox: %s", row.name, exc)
        OutboxTask.objects.filter(pk=row.pk).update(attempts=F("attempts") + 1)
        return False
    OutboxTask.objects.filter(pk=row.pk).update(sent_at=timezone.now(), attempts=F("attempts") + 1)
    return True


def relay(*, limit: int = 200) -> int:
    """Publish what a crash or a lost broker left behind, oldest first; return how many were sent."""
    due = OutboxTask.objects.filter(sent_at__isnull=True, created_at__lt=timezone.now() - GRACE)
    sent = 0
    for row in due.order_by("created_at")[:limit]:
        if row.attempts >= MOST_ATTEMPTS:
            logger.error("%s was tried %s times and is given up", row, row.attempts)
            OutboxTask.objects.filter(pk=row.pk).update(sent_at=timezone.now())
        elif not publish(row):
            break
        else:
            sent += 1
    return sent


def begun(task_id: str) -> None:
    """Note that a worker has begun a promised task: unless it ends, the relay finds it due when the lease is over."""
    if pk := _promised(task_id):
        OutboxTask.objects.filter(pk=pk).update(sent_at=None, created_at=timezone.now() + LEASE)


def ended(task_id: str, *, well: bool) -> None:
    """Forget a promised task that is done; one that failed for good is kept for a week, and not tried again."""
    if pk := _promised(task_id):
        rows = OutboxTask.objects.filter(pk=pk)
        rows.delete() if well else rows.update(sent_at=timezone.now())


def _promised(task_id: str) -> int:
    number = task_id.removeprefix(_ID)
    return int(number) if number != task_id and number.isdecimal() else 0


def prune(*, days: int = 7) -> int:
    """Delete rows sent more than `days` ago; return how many."""
    deleted, _ = OutboxTask.objects.filter(sent_at__lt=timezone.now() - timedelta(days=days)).delete()
    return deleted
