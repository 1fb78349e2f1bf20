"""Opening cases, attaching reports, freezing evidence. Atomic, and safe to repeat."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from datetime import timedelta
from math import log2, sqrt

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import override

from accounts.models import User
from companion_site.core import ratelimit
from moderation import policies, subjects
from moderation.exceptions import SubjectUnknown
from moderation.findings import Finding
from moderation.models import Case, Report, Snapshot
from moderation.notices import send_receipt
from moderation.policies import Policy
from moderation.subjects import Subject

# Harm by severity: one step up outweighs three of the step below.
HARM = {1: 1, 2: 3, 3: 10, 4: 30, 5: 100}
REPORTS_AN_HOUR = 20


def open_case(
    subject_kind: str,
    subject_id: object,
    *,
    findings: Sequence[Finding],
    source: str,
    reporter: User | None = None,
    note: str = "",
) -> Case:
    """Open a case about a subject, or add to the open one of the same family; freeze the evidence.

    Atomic; safe to call twice: the same findings are not added twice. Raises `SubjectUnknown`.
    """
    subject = subjects.load(subject_kind, subject_id)
    return open_case_about(subject, findings=findings, source=source, reporter=reporter, note=note)


def open_case_about(
    subject: Subject, *, findings: Sequence[Finding], source: str, reporter: User | None = None, note: str = ""
) -> Case:
    """Do what `open_case` does for a subject already at hand."""
    policy = policies.policy_for(list(findings), source)
    with transaction.atomic():
        case = _open(subject, policy, source, findings, note)
        if reporter is not None:
            _report(case, reporter, policy.code, note)
    return case


def attach_report(reporter: User, subject_kind: str, subject_id: object, *, policy_hint: str, text: str = "") -> Case:
    """Take a reader's report into the subject's case; a second report by the same reader is merged into the first.

    Atomic. Raises `SubjectUnknown` for what the reporter may not see, `TooManyRequests` past the hourly limit.
    """
    subject = subjects.load(subject_kind, subject_id)
    if not subject.is_visible_to(reporter):
        raise SubjectUnknown
    ratelimit.hit("report", reporter.pk, limit=REPORTS_AN_HOUR, window_seconds=3600)
    policy = policies.policy_for([], "report", policy_hint)
    with transaction.atomic():
        case = _open(subject, policy, "report", (), "")
        _report(case, reporter, policy.code, text)
    return case


def evidence_of(subject: Subject) -> dict[str, object]:
    """Return everything a case must keep of a subject, as plain JSON."""
    profile = subject.profile()
    return {
        "title": subject.title(),
        "excerpt": subject.excerpt(),
        "parts": dict(subject.parts()),
        "context": [{"role": line.role, "name": line.name, "text": line.text} for line in subject.context()],
        "character": profile.name if profile else "",
        "url": subject.url(),
    }


def freeze(case: Case, subject: Subject) -> Snapshot:
    """Store the subject as it is now; the same content is stored once a case."""
    # One language for all, or the same words would be different evidence for different readers.
    with override(settings.LANGUAGE_CODE):
        evidence = evidence_of(subject)
    digest = hashlib.sha256(json.dumps(evidence, sort_keys=True, ensure_ascii=False).encode(errors="replace"))
    snapshot, _ = Snapshot.objects.get_or_create(case=case, sha256=digest.hexdigest(), defaults={"evidence": evidence})
    return snapshot


def _open(subject: Subject, policy: Policy, source: str, findings: Sequence[Finding], note: str) -> Case:
    case = _open_case_of(subject, policy) or _create(subject, policy, source, note)
    case = Case.objects.select_for_update().get(pk=case.pk)
    _add_findings(case, policy, findings)
    freeze(case, subject)
    return case


def _open_case_of(subject: Subject, policy: Policy) -> Case | None:
    return Case.objects.open().filter(subject_kind=subject.kind, subject_id=subject.id, family=policy.family).first()


def _create(subject: Subject, policy: Policy, source: str, note: str) -> Case:
    reach = subject.reach()
    now = time.time()
    try:
        with transaction.atomic():
            case = Case.objects.create(
                subject_kind=subject.kind,
                subject_id=subject.id,
                titles=_titles(subject),
                owner=subject.owner(),
                family=policy.family,
                source=source,
                severity=policy.severity,
                policy_hint=policy.code,
                note=note,
                reach=reach,
                opened_epoch=now,
                sla_seconds=policy.sla_minutes * 60,
                weight_root=weight_root(policy.severity, reach),
                sla_due_at=timezone.now() + timedelta(minutes=policy.sla_minutes),
            )
    except IntegrityError:  # somebody else opened it between the look and the insert
        found = _open_case_of(subject, policy)
        if found is None:
            raise
        return found
    case.audience.set(subject.audience())
    return case


def _titles(subject: Subject) -> dict[str, str]:
    found = {}
    for language, _name in settings.LANGUAGES:
        with override(language):
            found[language] = str(subject.title())[:200]
    return found


def weight_root(severity: int, reach: int) -> float:
    """Return the square root of harm × reach, the part of a case's urgency that does not grow with age."""
    return sqrt(HARM[severity] * (1 + log2(1 + reach)))


def _add_findings(case: Case, policy: Policy, findings: Sequence[Finding]) -> None:
    known = [json.dumps(row, sort_keys=True) for row in case.findings]
    fresh = [row for f in findings if json.dumps(row := f.as_dict(), sort_keys=True) not in known]
    severity = max(case.severity, policy.severity)
    if not fresh and severity == case.severity:
        return
    if severity > case.severity:
        case.policy_hint = policy.code
        case.sla_due_at = min(case.sla_due_at, timezone.now() + timedelta(minutes=policy.sla_minutes))
        case.sla_seconds = min(case.sla_seconds, policy.sla_minutes * 60)
    case.findings = [*case.findings, *fresh]
    case.severity = severity
    case.weight_root = weight_root(severity, case.reach)
    case.save(
        update_fields=["findings", "severity", "policy_hint", "sla_due_at", "sla_seconds", "weight_root", "updated_at"]
    )


def _report(case: Case, reporter: User, policy_hint: str, text: str) -> None:
    report, is_new = Report.objects.get_or_create(
        case=case, reporter=reporter, defaults={"policy_hint": policy_hint, "text": text[:1000]}
    )
    if is_new:
        send_receipt(case, reporter)
        return
    report.times += 1
    if text and text not in report.text:
        report.text = f"{report.text}\n{text}".strip()[:1000]
    report.save(update_fields=["times", "text", "updated_at"])
