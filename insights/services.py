"""The one write of this app: count a fact, once."""

from __future__ import annotations

from companion_site.core.prepared import insert
from insights.models import Event


def record(kind: Event.Kind, /, *, subject: object, user_id: int | None = None, **properties: object) -> None:
    """Count a fact about `subject`; the same fact told twice is counted once, by constraint and in one query."""
    insert(Event(kind=kind, subject=str(subject), user_id=user_id, properties=properties), ignore_conflicts=True)
