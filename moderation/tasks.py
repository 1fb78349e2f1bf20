"""The audit workers. They take references, never texts, and may run twice."""

from __future__ import annotations

import logging

from celery import Task, shared_task
from django.db import OperationalError

from moderation import services
from moderation.exceptions import SubjectUnknown

logger = logging.getLogger(__name__)


@shared_task(
    name="moderation.audit_subject",
    bind=True,
    autoretry_for=(OperationalError,),
    retry_backoff=True,
    retry_backoff_max=60,
    max_retries=5,
)
def audit_subject(self: Task[[str, str], int], kind: str, public_id: str) -> int:
    """Audit one subject; return the number of cases it is in now."""
    try:
        return len(services.audit(kind, public_id))
    except SubjectUnknown:
        logger.info("audit: %s %s is gone", kind, public_id)
        return 0
