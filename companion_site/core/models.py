"""Abstract bases of the apps' models, and the outbox of promised tasks."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.db.models.functions import Now
from uuid_utils.compat import uuid7


def new_public_id() -> uuid.UUID:
    """Return a time-ordered UUID (version 7), the only id that leaves the database."""
    return uuid7()


class TimeStamped(models.Model):
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


class Public(TimeStamped):
    """A row that has a URL."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)

    class Meta:
        abstract = True


class OutboxTask(models.Model):
    """A promised Celery task, written in the transaction that promises it.

    Published after the commit; the relay publishes again whatever a crash left unsent, or a killed worker left
    undone: while a task runs its row is unsent and due when the worker's lease ends. A task may therefore run
    twice, never not at all. What is done is deleted.
    """

    name = models.CharField(max_length=120)
    args = models.JSONField(default=list)
    created_at = models.DateTimeField(db_default=Now(), db_index=True)
    sent_at = models.DateTimeField(null=True, db_index=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["created_at"], name="outbox_unsent", condition=models.Q(sent_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.name}#{self.pk}"


JSON = dict[str, Any]
