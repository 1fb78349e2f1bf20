"""The chat's work outside requests. Tasks take ids and may run twice."""

from __future__ import annotations

from celery import Task, shared_task
from django.db import OperationalError

from chat import services
from chat.models import Message


@shared_task(
    name="chat.digest_turn",
    bind=True,
    autoretry_for=(OperationalError,),
    retry_backoff=True,
    retry_backoff_max=60,
    max_retries=5,
)
def digest_turn(self: Task[[str], int], reply_id: str) -> int:
    """Keep what the fan told in the message that this reply answers; return how many facts."""
    reply = Message.objects.select_related("parent__conversation__fan").filter(public_id=reply_id).first()
    if reply is None or reply.parent is None:
        return 0
    return len(services.digest_message(reply.parent))


@shared_task(name="chat.sweep_replies")
def sweep_replies() -> int:
    """Close replies whose process died; return how many."""
    return services.sweep_replies()


@shared_task(name="chat.purge_deleted")
def purge_deleted() -> int:
    """Erase what was deleted more than 30 days ago; return how many messages. What is left, the next run takes."""
    return services.purge_deleted()
