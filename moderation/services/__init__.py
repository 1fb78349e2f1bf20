"""Every write of moderation."""

from __future__ import annotations

from moderation.services.audits import audit
from moderation.services.cases import attach_report, open_case
from moderation.services.decisions import decide_case, outcomes_for
from moderation.services.inbox import mark_notices_read

__all__ = ["attach_report", "audit", "decide_case", "mark_notices_read", "open_case", "outcomes_for"]
