"""Cases: what was seen, what was decided, by which policy, and who was told. Knows no character and no chat."""

from __future__ import annotations

import time
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, FloatField, Value
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.permissions import is_moderator
from companion_site.core.models import Public, TimeStamped


class Family(models.TextChoices):
    """Kinds of policies that are handled alike; a subject has at most one open case in each."""

    CRISIS = "crisis", _("Crisis")
    SAFETY = "safety", _("Safety")
    CHARACTER = "character", _("Out of character")
    REVIEW = "review", _("Review")
    OTHER = "other", _("Other")


class Source(models.TextChoices):
    AUTO = "auto", _("Automatic audit")
    REPORT = "report", _("Report")
    REVIEW = "review", _("Review before publication")
    CRISIS = "crisis", _("Crisis")


class Outcome(models.TextChoices):
    APPROVE = "approve", _("Approve")
    REJECT = "reject", _("Send back")
    TAKE_DOWN = "take_down", _("Take down")
    NO_ACTION = "no_action", _("No action")
    ACKNOWLEDGE_CRISIS = "acknowledge_crisis", _("Crisis seen")


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, user: User | AnonymousUser) -> CaseQuerySet:
        """Every case for moderators, none for anybody else."""
        return self if is_moderator(user) else self.none()

    def open(self) -> CaseQuerySet:
        return self.filter(status=Case.Status.OPEN)

    def by_urgency(self) -> CaseQuerySet:
        """Gravest × widest × oldest first; what may cost a life (severity 5) before everything else.

        The square root of `harm · (1 + log2(1 + reach)) · (1 + age / SLA)²`, which is monotone in age:
        nothing waits for ever behind a steady stream of graver cases.
        """
        age = Value(time.time(), output_field=FloatField()) - F("opened_epoch")
        return self.annotate(urgency=F("weight_root") * (1 + age / F("sla_seconds"))).order_by(
            models.Case(models.When(severity=5, then=0), default=1), "-urgency", "pk"
        )


class Case(Public):
    """One thing under one family of policies. Findings and reports about it attach while it is open."""

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        DECIDED = "decided", _("Decided")
        CLOSED = "closed", _("Closed")

    subject_kind = models.CharField(max_length=20)
    subject_id = models.CharField(max_length=40)
    titles = models.JSONField(default=dict)  # by language, as the subject was called when the case opened
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="cases_about"
    )
    audience = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="cases_met")
    family = models.CharField(max_length=12, choices=Family.choices)
    source = models.CharField(max_length=10, choices=Source.choices)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN, db_index=True)
    severity = models.PositiveSmallIntegerField()
    policy_hint = models.CharField(max_length=20, blank=True)
    findings = models.JSONField(default=list, blank=True)
    note = models.TextField(blank=True)
    reach = models.PositiveIntegerField(default=0)
    sla_due_at = models.DateTimeField(db_index=True)
    # What `by_urgency` multiplies; kept beside the times so that every database can order by them.
    opened_epoch = models.FloatField(default=time.time)
    sla_seconds = models.FloatField(default=86_400)
    weight_root = models.FloatField(default=1)
    # Counts every change of state; a decision made on an older state is refused.
    fence = models.PositiveIntegerField(default=0)

    objects = CaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id", "family"],
                condition=models.Q(status="open"),
                name="one_open_case_a_subject_and_family",
            ),
            models.CheckConstraint(condition=models.Q(severity__range=(1, 5)), name="case_severity_1_to_5"),
        ]
        indexes = [models.Index(fields=["subject_kind", "subject_id"], name="case_subject")]

    def __str__(self) -> str:
        return f"{self.family}:{self.subject_kind}:{self.subject_id}"

    @property
    def title(self) -> str:
        """What the subject was called, in the reader's language."""
        return str(self.titles.get(get_language() or "", "") or self.titles.get("en", ""))

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.OPEN

    @property
    def is_late(self) -> bool:
        return self.is_open and self.sla_due_at < timezone.now()


class Report(TimeStamped):
    """What one reader said about the subject of a case. A second report by the same reader is merged."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="reports")
    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reports_made")
    policy_hint = models.CharField(max_length=20, blank=True)
    text = models.TextField(max_length=1000, blank=True)
    times = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "reporter"], name="report_once_a_case")]

    def __str__(self) -> str:
        return f"{self.case_id}:{self.reporter_id}"


class Snapshot(models.Model):
    """Evidence as it was: never changed (the database refuses it), whatever happens to the thing itself."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="snapshots")
    evidence = models.JSONField()
    sha256 = models.CharField(max_length=64)
    taken_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "sha256"], name="snapshot_once_a_content")]

    def __str__(self) -> str:
        return self.sha256[:12]


class Decision(Public):
    """What a moderator decided, and why. Append-only: the database refuses changes."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="decisions")
    moderator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="decisions_made")
    outcome = models.CharField(max_length=20, choices=Outcome.choices)
    policy_code = models.CharField(max_length=20)
    policy_version = models.CharField(max_length=20)
    reason = models.TextField(max_length=2000)
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="+")
    fence = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "fence"], name="one_decision_a_state")]

    def __str__(self) -> str:
        return f"{self.case_id}:{self.outcome}"


class NoticeQuerySet(models.QuerySet["Notice"]):
    def owned_by(self, user: User | AnonymousUser) -> NoticeQuerySet:
        return self.filter(user=user) if isinstance(user, User) else self.none()


class Notice(Public):
    """What one person is told, in their language, about something of theirs or something they reported."""

    class Kind(models.TextChoices):
        RECEIPT = "receipt", _("Report received")
        DECISION = "decision", _("Decision")

    class Role(models.TextChoices):
        OWNER = "owner", _("About something of yours")
        AUDIENCE = "audience", _("About something in your chat")
        REPORTER = "reporter", _("About your report")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="notices")
    decision = models.ForeignKey(Decision, null=True, blank=True, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    role = models.CharField(max_length=10, choices=Role.choices)
    policy_code = models.CharField(max_length=20, blank=True)
    title = models.CharField(max_length=200)
    body = models.TextField()
    url = models.CharField(max_length=200, blank=True)
    read_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "decision"], name="notice_once_a_decision"),
            models.UniqueConstraint(
                fields=["user", "case"], condition=models.Q(kind="receipt"), name="notice_one_receipt"
            ),
        ]

    def __str__(self) -> str:
        return self.title
