"""What trainers write about replies."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chat.models import Message
from companion_site.core.models import Public


class Label(Public):
    """One trainer's word on one reply: what was wrong, and how a person would have said it."""

    class Kind(models.TextChoices):
        GOOD = "good", _("Sounds like a person")
        PREACHY = "preachy", _("Preachy")
        BOOKISH = "bookish", _("Bookish")
        OOC = "ooc", _("Out of character")
        MISSED = "missed", _("Did not hear the feeling")

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="labels")
    trainer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    rewrite = models.TextField(max_length=2000, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "trainer"], name="one_label_a_trainer")]

    def __str__(self) -> str:
        return f"{self.kind}:{self.message_id}"
