"""What happened, as counted facts: never what anyone said."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from companion_site.core.models import Public


class Event(Public):
    """One announced fact. `subject` is the public id of the row it was about; repeated news is one row."""

    class Kind(models.TextChoices):
        REPLY_FINISHED = "reply_finished", _("Reply finished")
        CHARACTER_PUBLISHED = "character_published", _("Character published")
        OFFER_BOUGHT = "offer_bought", _("Offer bought")
        CASE_RESOLVED = "case_resolved", _("Case resolved")

    kind = models.CharField(max_length=30, choices=Kind.choices)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    subject = models.CharField(max_length=40)
    properties = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "subject"], name="insights_event_once")]
        indexes = [models.Index(fields=["kind", "created_at"], name="event_by_kind")]

    def __str__(self) -> str:
        return f"{self.kind}:{self.subject}"
