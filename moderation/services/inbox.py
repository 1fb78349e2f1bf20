"""What readers do with their notices."""

from __future__ import annotations

from django.utils import timezone

from accounts.models import User
from moderation.models import Notice


def mark_notices_read(user: User) -> int:
    """Mark every notice of the user as read; return how many were new. Safe to repeat."""
    return Notice.objects.owned_by(user).filter(read_at=None).update(read_at=timezone.now())
