"""One fan and one character in one place; pinned to a frozen card, or to the owner's draft while testing."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiKey, Persona, User
from characters.models import Character, CharacterVersion, WorldBook
from companion_site.core.models import Public
from companion_site.core.prepared import Prepared

_OWN = (
    *("public_id", "scene", "author_note", "head", "turns_count", "last_message_at", "archived_at", "created_at"),
    *("title", "channel"),
)
_OF_FAN = (
    "fan__display_name",
    "fan__email",
    "fan__birth_on",
    "fan__time_zone",
    "fan__language",
    "fan__region",
    "fan__tier",
)
_OF_CHARACTER = (
    *("character__public_id", "character__slug", "character__name", "character__language", "character__accent"),
    *("character__rating", "character__owner", "character__published", "character__taken_down_at"),
    *("character__art", "character__scene", "character__status", "character__adapter"),
)


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def owned_by(self, user: User | AnonymousUser) -> ConversationQuerySet:
        return self.filter(fan=user) if isinstance(user, User) else self.none()

    def visible_to(self, user: User | AnonymousUser) -> ConversationQuerySet:
        """A conversation is its fan's alone; moderators see frozen evidence, never the room."""
        return self.owned_by(user)

    def room_of(self, user: User | AnonymousUser, public_id: UUID) -> Conversation | None:
        """Return one of the user's own conversations `with_cast`, None for anything else."""
        return _ROOM.first(fan=user.pk, public_id=public_id) if isinstance(user, User) else None

    def with_cast(self) -> ConversationQuerySet:
        """Add who takes part, and no more of them than a turn needs: this query runs before every reply.

        Cards stay behind, `chat.sheets` keeps them read. `head_depth` is the place of the last message,
        `head_prompt_tokens` what its prompt took: the next one takes about as much.
        """
        return (
            self.select_related("fan", "character", "persona", "version")
            .only(*_OWN, *_OF_FAN, *_OF_CHARACTER, "persona__name", "persona__description", "version__public_id")
            .annotate(head_depth=models.F("head__depth"), head_prompt_tokens=models.F("head__prompt_tokens"))
        )


class Conversation(Public):
    """A fan's chat with a character. `head` is the last message of the branch on show."""

    class Channel(models.TextChoices):
        SITE = "site", _("Site")
        API = "api", _("API")
        IMPORT = "import", _("Import")

    fan = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="conversations")
    character = models.ForeignKey(Character, on_delete=models.PROTECT, related_name="conversations")
    # Empty while a creator tests a draft: then the card is read as it stands.
    version = models.ForeignKey(CharacterVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    persona = models.ForeignKey(Persona, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    scene = models.CharField(max_length=20, default="story")
    # The newest version its fan was shown and chose to leave aside.
    declined_version = models.ForeignKey(
        CharacterVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    books = models.ManyToManyField(WorldBook, blank=True, related_name="+")
    # {"text", "position": before/after/in_chat, "depth", "role"}, as in the prompt manager.
    author_note = models.JSONField(default=dict, blank=True)
    head = models.ForeignKey("chat.Message", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    # The fan's own name for this chat, and where it was begun: on the site, by a key of the API, from a file.
    title = models.CharField(max_length=120, blank=True)
    channel = models.CharField(max_length=12, choices=Channel.choices, default=Channel.SITE)
    api_key = models.ForeignKey(ApiKey, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    turns_count = models.PositiveIntegerField(default=0)
    last_message_at = models.DateTimeField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = ConversationQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["fan", "-last_message_at"], name="conversation_by_recency")]

    def __str__(self) -> str:
        return f"{self.fan_id}:{self.character_id}"

    @property
    def is_test(self) -> bool:
        """Whether this is its creator's rehearsal with the unpublished draft."""
        return self.version_id is None


_ROOM = Prepared(
    lambda fan, public_id: Conversation.objects.filter(fan=fan, public_id=public_id).with_cast(),
    public_id=models.UUIDField(),
)


class CheckpointQuerySet(models.QuerySet["Checkpoint"]):
    def owned_by(self, user: User | AnonymousUser) -> CheckpointQuerySet:
        return self.filter(fan=user) if isinstance(user, User) else self.none()


class Checkpoint(Public):
    """A message of a conversation its fan gave a name, to come back to."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="checkpoints")
    fan = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    message = models.ForeignKey("chat.Message", on_delete=models.CASCADE, related_name="checkpoints")
    name = models.CharField(max_length=80)

    objects = CheckpointQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "name"], name="checkpoint_name_once_a_chat")]

    def __str__(self) -> str:
        return self.name
