"""The automatic audit: every detector on every text of a subject, and a case where one is due."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from moderation import guard, subjects
from moderation.detectors import ooc
from moderation.findings import Category, Finding
from moderation.models import Case, Family, Source
from moderation.policy import CRISIS_AT, blocks
from moderation.services.cases import open_case_about
from moderation.subjects import Subject

# From which out-of-character score on a person should look.
OOC_CASE_AT = 0.5


def audit(subject_kind: str, subject_id: object) -> list[Case]:
    """Check a subject and open the cases that are due; return them.

    Idempotent: what is already in an open case is not added again, what was decided about these very words is
    not opened again. Raises `SubjectUnknown` where the subject is gone.
    """
    subject = subjects.load(subject_kind, subject_id)
    findings = inspect_parts(subject)
    if subject.awaits_review():
        return [open_case_about(subject, findings=findings, source=Source.REVIEW)]
    return [
        open_case_about(subject, findings=due, source=source)
        for family, source, due in _due(subject, findings)
        if not _is_decided(subject, family)
    ]


def inspect_parts(subject: Subject) -> list[Finding]:
    """Return every finding in every text of the subject, each with the name of its part."""
    profile = subject.profile()
    return [
        replace(finding, part=name)
        for name, text in subject.parts().items()
        for finding in guard.inspect(text, side=subject.side, profile=profile)
    ]


def _due(subject: Subject, findings: list[Finding]) -> Iterator[tuple[Family, Source, list[Finding]]]:
    if subject.side == "fan":
        despair = [f for f in findings if f.category is Category.SELF_HARM and f.severity >= CRISIS_AT]
        if despair:
            yield Family.CRISIS, Source.CRISIS, despair
    crossed = [f for f in findings if blocks(f, subject.side)]
    if crossed:
        yield Family.SAFETY, Source.AUTO, crossed
    slips = [f for f in findings if f.category is Category.OOC]
    if ooc.score(slips) >= OOC_CASE_AT:
        yield Family.CHARACTER, Source.AUTO, slips


def _is_decided(subject: Subject, family: Family) -> bool:
    """Say whether a moderator has already decided on these very words under this family."""
    parts = dict(subject.parts())
    decided = Case.objects.filter(
        subject_kind=subject.kind, subject_id=subject.id, family=family, status=Case.Status.DECIDED
    )
    return any(
        snapshot.evidence.get("parts") == parts
        for case in decided.prefetch_related("snapshots")
        for snapshot in case.snapshots.all()
    )
