"""What moderation announces. Documented in docs/reference/events.md."""

from __future__ import annotations

from django.dispatch import Signal

# sender=Case; case: Case, decision: Decision. After the commit of a decision.
case_resolved = Signal()
