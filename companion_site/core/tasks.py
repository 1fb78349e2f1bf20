"""Periodic upkeep of the floor."""

from __future__ import annotations

from celery import shared_task

from companion_site.core import outbox


@shared_task(name="core.relay_outbox")
def relay_outbox() -> int:
    """Publish promised tasks that are still unsent, and forget old ones."""
    sent = outbox.relay()
    outbox.prune()
    return sent
