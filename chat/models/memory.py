"""What a character remembers of a fan: one small fact a row, with the message it came from."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from characters.models import Character
from chat.models.message import Message
from companion_site.core.models import Public


class MemoryQuerySet(models.QuerySet["Memory"]):
    def owned_by(self, user: User | AnonymousUser) -> MemoryQuerySet:
        return self.filter(fan=user) if isinstance(user, User) else self.none()

    def visible_to(self, user: User | AnonymousUser) -> MemoryQuerySet:
        return self.owned_by(user)


class Memory(Public):
    """A fact the fan told this character. The same fact told again is one row, with a newer date."""

    class Kind(models.TextChoices):
        HEALTH = "health", _("Health")
        LIKE = "like", _("Likes")
        DISLIKE = "dislike", _("Dislikes")
        PLAN = "plan", _("Plans")
        PERSON = "person", _("People and pets")
        SELF = "self", _("About me")
        EVENT = "event", _("What happened")

    fan = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memories")
    character = models.ForeignKey(Character, on_delete=models.CASCADE, related_name="+")
    message = models.ForeignKey(Message, null=True, blank=True, on_delete=models.SET_NULL, related_name="memories")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    text = models.CharField(max_length=120)
    language = models.CharField(max_length=10, default="zh-Hans")
    keywords = models.JSONField(default=list)
    vector = models.BinaryField(null=True, blank=True)
    told_at = models.DateTimeField()
    due_on = models.DateField(null=True, blank=True)
    recalled_at = models.DateTimeField(null=True, blank=True)

    objects = MemoryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "memories"
        constraints = [
            models.UniqueConstraint(fields=["fan", "character", "kind", "text"], name="one_fact_once"),
        ]
        indexes = [models.Index(fields=["fan", "character", "-told_at"], name="memory_by_recency")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.public_id}"
