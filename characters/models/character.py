"""Characters, their frozen versions and their tags."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.permissions import is_moderator
from characters.cards.schema import CharacterCard
from companion_site.core.fields import ExactJSONField
from companion_site.core.models import Public, TimeStamped

Card = dict[str, Any]


class Rating(models.TextChoices):
    GENERAL = "general", _("Everyone")
    ROMANCE = "romance", _("Romance, adults only")


class Scene(models.TextChoices):
    """What a character is mostly for; the chat takes its pace from it."""

    STORY = "story", _("Story")
    BEDTIME = "bedtime", _("Bedtime")
    BREAKUP = "breakup", _("After a break-up")
    STUDY = "study", _("Study partner")
    ADHD = "adhd", _("ADHD coach")
    ELDER = "elder", _("Company for elders")
    KNOWLEDGE = "knowledge", _("Knowledge")


class Language(models.TextChoices):
    ZH = "zh-Hans", "中文"
    EN = "en", "English"


class CharacterQuerySet(models.QuerySet["Character"]):
    def live(self) -> CharacterQuerySet:
        """Characters with an approved version that nobody took down, whatever their draft is doing."""
        return self.filter(published__isnull=False, taken_down_at__isnull=True)

    def public_to(self, user: User | AnonymousUser) -> CharacterQuerySet:
        """Live characters suited to the reader's age; what lists and search show."""
        live = self.live()
        if isinstance(user, User) and user.is_adult:
            return live
        return live.filter(rating=Rating.GENERAL)

    def visible_to(self, user: User | AnonymousUser) -> CharacterQuerySet:
        """What `public_to` shows, plus the reader's own in any state; moderators see all that was submitted."""
        kept = self.filter(discarded_at__isnull=True)
        if is_moderator(user):
            return kept.filter(Q(published__isnull=False) | ~Q(status=Character.Status.DRAFT) | Q(owner=user.pk))
        shown = Q(published__isnull=False, taken_down_at__isnull=True)
        if not (isinstance(user, User) and user.is_adult):
            shown &= Q(rating=Rating.GENERAL)
        if isinstance(user, User):
            shown |= Q(owner=user)
        return kept.filter(shown)

    def owned_by(self, user: User | AnonymousUser) -> CharacterQuerySet:
        return self.filter(owner=user, discarded_at__isnull=True) if isinstance(user, User) else self.none()

    def with_cards(self) -> CharacterQuerySet:
        return self.select_related("published", "owner")

    def with_liked(self, user: User | AnonymousUser) -> CharacterQuerySet:
        """Annotate `is_liked` for `user`."""
        mine = Character.objects.filter(pk=OuterRef("pk"), likes__user=user.pk)
        return self.annotate(is_liked=Exists(mine))


class Character(Public):
    """A character someone builds.

    `card` is the draft as Character Card V3 `data`, unknown keys kept; `envelope` the root keys beside it.
    The columns from `name` to `tags` describe what lists show: the draft until the first publication,
    the published version ever after.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        IN_REVIEW = "in_review", _("In review")
        LIVE = "live", _("Live")
        REJECTED = "rejected", _("Sent back")
        REMOVED = "removed", _("Taken down")

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="characters")
    slug = models.SlugField(max_length=80, unique=True, allow_unicode=True)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.DRAFT, db_index=True)
    # Where the draft stood when the character was taken down, so that undoing it restores exactly that.
    status_before = models.CharField(max_length=20, choices=Status.choices, blank=True)
    review_note = models.TextField(blank=True)
    name = models.CharField(max_length=80)
    taglines = models.JSONField(default=dict)  # {"zh-Hans": …, "en": …}
    language = models.CharField(max_length=10, choices=Language.choices, default=Language.ZH)
    rating = models.CharField(max_length=10, choices=Rating.choices, default=Rating.GENERAL)
    accent = models.CharField(max_length=7, default="#b48cff")
    scene = models.CharField(max_length=20, choices=Scene.choices, default=Scene.STORY)
    tags = models.JSONField(default=list)
    card = ExactJSONField(default=dict)
    envelope = ExactJSONField(default=dict)
    art = models.CharField(max_length=100, blank=True)
    # Files that came with the card: {path in the archive: {"name": in the storage, "type": MIME, "size": bytes}}.
    files = ExactJSONField(default=dict, blank=True)
    # Changes whenever the shown portrait does: the cache key in its address.
    look = models.CharField(max_length=12, blank=True)
    import_report = models.JSONField(null=True, blank=True)
    # The name under which a model server knows this character's own LoRA adapter; set by operators only.
    adapter = models.CharField(max_length=120, blank=True)
    published = models.ForeignKey("CharacterVersion", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    taken_down_at = models.DateTimeField(null=True, blank=True)
    # Deleted by its creator while a rehearsal still points at it: emptied, and invisible to everybody.
    discarded_at = models.DateTimeField(null=True, blank=True)
    likes_count = models.PositiveIntegerField(default=0)
    messages_count = models.PositiveIntegerField(default=0)

    objects = CharacterQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["-published_at"], name="character_newest"),
            models.Index(fields=["-likes_count", "-published_at"], name="character_popular"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_live(self) -> bool:
        return self.published_id is not None and self.taken_down_at is None

    @property
    def is_editable(self) -> bool:
        """Whether the draft may change: not while a moderator reads it."""
        return self.status != self.Status.IN_REVIEW

    @property
    def draft(self) -> CharacterCard:
        return CharacterCard(self.card, self.envelope)

    @property
    def shown_card(self) -> CharacterCard:
        """The published card, or the draft while there is none."""
        return self.published.view if self.published is not None else self.draft

    @property
    def has_unpublished_changes(self) -> bool:
        """Whether the draft says something else than the park sees; storylines are not compared."""
        version = self.published
        return version is None or (version.card, version.art) != (self.card, self.art)

    @property
    def shown_art(self) -> str:
        return self.published.art if self.published is not None else self.art


class CharacterVersion(Public):
    """A frozen card. Conversations are pinned to one; rows are never changed.

    `storylines` holds the hidden storylines as they were: never shown without an entitlement.
    """

    character = models.ForeignKey(Character, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    card = ExactJSONField()
    envelope = ExactJSONField(default=dict)
    art = models.CharField(max_length=100, blank=True)
    files = ExactJSONField(default=dict, blank=True)
    storylines = ExactJSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["character", "number"], name="version_number_once")]

    def __str__(self) -> str:
        return f"{self.character_id} v{self.number}"

    @property
    def view(self) -> CharacterCard:
        return CharacterCard(self.card, self.envelope)


class CharacterTag(TimeStamped):
    """One tag of the shown card, folded for filtering."""

    character = models.ForeignKey(Character, on_delete=models.CASCADE, related_name="tag_rows")
    folded = models.CharField(max_length=40)
    label = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["character", "folded"], name="tag_once")]
        indexes = [models.Index(fields=["folded"], name="tag_folded")]

    def __str__(self) -> str:
        return self.label
