"""Hidden storylines, and who likes whom."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models import Offer
from characters.models.character import Character
from companion_site.core.fields import ExactJSONField
from companion_site.core.models import Public, TimeStamped


class Storyline(Public):
    """A hidden storyline as its creator edits it; a version freezes it.

    Only title and teaser are public. `scenes` is a list of {title, setup, opening, goal, branches, ending};
    `lorebook` a Book as in V3. Every lock that is set must open: the price of the offer (0 is none), the
    affinity level (0 is none), and the storyline before it.
    """

    character = models.ForeignKey(Character, on_delete=models.CASCADE, related_name="storylines")
    slug = models.SlugField(max_length=80, allow_unicode=True)
    title = models.CharField(_("title"), max_length=120)
    teaser = models.CharField(_("teaser"), max_length=300, blank=True)
    knowledge = models.TextField(_("what it knows"), blank=True)
    scenes = ExactJSONField(default=list)
    lorebook = ExactJSONField(default=dict, blank=True)
    affinity = models.PositiveSmallIntegerField(_("affinity level"), default=0)
    prerequisite = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    free_first_scene = models.BooleanField(_("first scene free"), default=False)
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["character", "slug"], name="storyline_slug_once")]

    def __str__(self) -> str:
        return self.title


class Like(TimeStamped):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    character = models.ForeignKey(Character, on_delete=models.CASCADE, related_name="likes")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "character"], name="like_once")]

    def __str__(self) -> str:
        return f"{self.user_id}:{self.character_id}"
