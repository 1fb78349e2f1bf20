"""Lorebooks that stand alone: for a persona, for a chat, or for every chat of their owner."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Persona, User
from characters.cards.book import LoreBook
from companion_site.core.fields import ExactJSONField
from companion_site.core.models import Public


class WorldBookQuerySet(models.QuerySet["WorldBook"]):
    def owned_by(self, user: User | AnonymousUser) -> WorldBookQuerySet:
        return self.filter(owner=user) if isinstance(user, User) else self.none()

    def visible_to(self, user: User | AnonymousUser) -> WorldBookQuerySet:
        """A book is its owner's alone."""
        return self.owned_by(user)

    def on_the_shelf(self) -> WorldBookQuerySet:
        """As lists show them: without what is in them, the latest changed first."""
        return (
            self.defer("data", "envelope", "import_report").prefetch_related("personas").order_by("-updated_at", "-pk")
        )


class WorldBook(Public):
    """A lorebook somebody keeps. `data` is the Book of Character Card V3, unknown keys kept; `envelope` the rest."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="world_books")
    name = models.CharField(_("name"), max_length=120)
    data = ExactJSONField(default=dict)
    envelope = ExactJSONField(default=dict)
    is_everywhere = models.BooleanField(_("in every chat of mine"), default=False)
    personas = models.ManyToManyField(Persona, blank=True, related_name="world_books")
    import_report = models.JSONField(null=True, blank=True)

    objects = WorldBookQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def view(self) -> LoreBook:
        return LoreBook.of(self.data)
