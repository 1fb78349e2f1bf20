"""Who you are, how old you are, what you agreed to, and who you want to be in a story."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import AnonymousUser, PermissionsMixin
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companion_site.core.models import Public, TimeStamped, new_public_id

ADULT_AGE = 18


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create a user; the e-mail is folded to lower case, as it is the sign-in name."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").lower())


class Theme(models.TextChoices):
    NIGHT = "night", _("Night park")
    PAPER = "paper", _("Paper")


class Tier(models.TextChoices):
    FREE = "free", _("Free")
    MEMBER = "member", _("Member")


class Pace(models.TextChoices):
    NATURAL = "natural", _("Like a person")
    AT_ONCE = "at_once", _("At once")


class User(AbstractBaseUser, PermissionsMixin):
    """An account, signed in by e-mail. Roles are Django groups: `moderators`, `trainers`."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    email = models.EmailField(_("e-mail"), unique=True)
    display_name = models.CharField(_("display name"), max_length=40, blank=True)
    language = models.CharField(_("language"), max_length=10, default="zh-hans")
    theme = models.CharField(_("theme"), max_length=10, choices=Theme.choices, default=Theme.NIGHT)
    pace = models.CharField(_("pace of replies"), max_length=10, choices=Pace.choices, default=Pace.NATURAL)
    time_zone = models.CharField(_("time zone"), max_length=40, default="Asia/Shanghai")
    region = models.CharField(_("region"), max_length=2, default="CN")
    # What the account has paid for, as model routing knows it; changed by billing, never by its owner.
    tier = models.CharField(max_length=20, choices=Tier.choices, default=Tier.FREE)
    birth_on = models.DateField(_("date of birth"), null=True, blank=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """What others see: the display name, or the part of the e-mail nobody can write to."""
        return self.display_name or self.email.split("@")[0]

    def age_on(self, day: date) -> int | None:
        """Return the age in whole years on `day`, None while the date of birth is unknown."""
        if self.birth_on is None:
            return None
        before_birthday = (day.month, day.day) < (self.birth_on.month, self.birth_on.day)
        return day.year - self.birth_on.year - before_birthday

    @property
    def is_adult(self) -> bool:
        """Whether a given date of birth makes this an adult today; unknown counts as not."""
        age = self.age_on(timezone.localdate())
        return age is not None and age >= ADULT_AGE


class Consent(TimeStamped):
    """One agreement to one text; withdrawn, never deleted."""

    class Kind(models.TextChoices):
        TERMS = "terms", _("Terms of use")
        AI_NOTICE = "ai_notice", _("I know that characters are AI, not people")
        AUDIT = "audit", _("Sampled quality review of my chats")
        TRAINING = "training", _("Training on my chats")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="consents")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    text_version = models.CharField(max_length=20, default="2026-11")
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind"], condition=models.Q(withdrawn_at__isnull=True), name="one_live_consent_a_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}:{self.kind}"


class PersonaQuerySet(models.QuerySet["Persona"]):
    def owned_by(self, user: User) -> PersonaQuerySet:
        return self.filter(user=user)


class Persona(Public):
    """The fan's self in a story: how the character calls them and what it may know of them."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="personas")
    name = models.CharField(_("name"), max_length=40)
    description = models.TextField(_("description"), max_length=1000, blank=True)
    is_default = models.BooleanField(default=False)

    objects = PersonaQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(is_default=True), name="one_default_persona_a_user"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def owned_by(self, user: User | AnonymousUser) -> ApiKeyQuerySet:
        return self.filter(user=user) if isinstance(user, User) else self.none()


class ApiKey(Public):
    """A key a program speaks with in its owner's name. Only its digest is kept; `prefix` is what lists show."""

    class Scope(models.TextChoices):
        CHAT = "chat", _("Talk with characters")
        READ = "read", _("List characters")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(_("name"), max_length=60)
    prefix = models.CharField(max_length=16)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    turns_per_minute = models.PositiveSmallIntegerField(default=20)
    turns_per_day = models.PositiveIntegerField(default=1000)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    def __str__(self) -> str:
        return self.prefix
