"""Money that comes from outside: what was ordered, and what the gateway told us about it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from billing.models.ledger import Transaction
from companion_site.core.models import Public


class OrderQuerySet(models.QuerySet["Order"]):
    def owned_by(self, user: User | AnonymousUser) -> OrderQuerySet:
        return self.filter(user=user) if isinstance(user, User) else self.none()

    def by_reference(self, reference: str) -> OrderQuerySet:
        """The order a gateway calls `reference`, none where that is no id of ours."""
        try:
            return self.filter(public_id=uuid.UUID(reference))
        except ValueError:
            return self.none()


class Order(Public):
    """A coin pack someone set out to buy. Coins are granted from this row, never from what a gateway says."""

    class Status(models.TextChoices):
        CREATED = "created", _("Being prepared")
        OPEN = "open", _("Waiting for payment")
        PROCESSING = "processing", _("Payment under way")
        PAID = "paid", _("Paid")
        FAILED = "failed", _("Payment failed")
        EXPIRED = "expired", _("Expired")
        QUARANTINED = "quarantined", _("Under review")

    WAITING = (Status.CREATED, Status.OPEN, Status.PROCESSING)
    FINAL = (Status.PAID, Status.QUARANTINED)

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="orders")
    key = models.CharField(max_length=100)
    digest = models.CharField(max_length=64)
    pack = models.CharField(max_length=40)
    coins_paid = models.PositiveIntegerField()
    coins_bonus = models.PositiveIntegerField(default=0)
    amount_minor = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)  # ISO 4217, lower case as the gateways write it
    gateway = models.CharField(max_length=20)
    livemode = models.BooleanField()
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.CREATED)
    # Written down before the gateway is called, so that a call repeated after a crash is the same call:
    # a gateway answers one key only as long as everything sent with it is the same.
    gateway_key = models.CharField(max_length=120, unique=True)
    title = models.CharField(max_length=120)
    locale = models.CharField(max_length=10)
    site = models.URLField(max_length=200)
    checkout_id = models.CharField(max_length=80, null=True, unique=True)  # noqa: DJ001 (null: not yet known)
    checkout_url = models.TextField(blank=True)
    next_path = models.CharField(max_length=500, blank=True)
    quarantine_reason = models.CharField(max_length=300, blank=True)
    transaction = models.OneToOneField(Transaction, null=True, on_delete=models.PROTECT, related_name="order")
    paid_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(default=timezone.now)

    objects = OrderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="order_key_once"),
            models.CheckConstraint(
                condition=~models.Q(status="paid") | models.Q(transaction__isnull=False, paid_at__isnull=False),
                name="paid_means_posted",
            ),
        ]
        indexes = [
            models.Index(
                fields=["checked_at"],
                name="order_waiting",
                condition=models.Q(status__in=["created", "open", "processing"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pack}:{self.public_id}"

    @property
    def coins(self) -> int:
        """Paid and bonus coins together."""
        return self.coins_paid + self.coins_bonus

    @property
    def is_waiting(self) -> bool:
        return self.status in self.WAITING

    @property
    def is_final(self) -> bool:
        """Whether no news can change it any more."""
        return self.status in self.FINAL


class WebhookEvent(models.Model):
    """The inbox: one row a verified event, however often it is delivered. Only a pointer is trusted."""

    class Status(models.TextChoices):
        RECEIVED = "received", _("Received")
        CLAIMED = "claimed", _("Being worked on")
        DONE = "done", _("Done")
        IGNORED = "ignored", _("Ignored")
        DEAD = "dead", _("Given up")

    gateway = models.CharField(max_length=20)
    event_id = models.CharField(max_length=80)
    type = models.CharField(max_length=80)
    checkout_id = models.CharField(max_length=80, blank=True)
    # As delivered, for whoever investigates. Text, because PostgreSQL's JSON refuses what JSON allows.
    body = models.TextField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.RECEIVED)
    note = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    postponed = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    received_at = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["gateway", "event_id"], name="event_once")]
        indexes = [
            models.Index(fields=["due_at"], name="event_due", condition=models.Q(status__in=["received", "claimed"])),
        ]

    def __str__(self) -> str:
        return f"{self.type}:{self.event_id}"
