"""Keeps the outbox told of what workers do with promised tasks, so that none is lost with a killed worker."""

from __future__ import annotations

from typing import Any

from celery import signals

from companion_site.core import outbox


def watch() -> None:
    """Listen to the workers of this process. Safe to repeat."""
    signals.task_prerun.connect(_begun, dispatch_uid="outbox.begun")
    signals.task_success.connect(_done, dispatch_uid="outbox.done")
    signals.task_failure.connect(_failed, dispatch_uid="outbox.failed")


def _begun(task_id: str, **_: Any) -> None:
    outbox.begun(task_id)


def _done(sender: Any, **_: Any) -> None:
    outbox.ended(sender.request.id or "", well=True)


def _failed(task_id: str, **_: Any) -> None:
    outbox.ended(task_id, well=False)
