"""The rows of the double-entry ledger. Only `billing.ledger` writes them; nothing ever changes or deletes one."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from companion_site.core.models import new_public_id


class AccountQuerySet(models.QuerySet["Account"]):
    def owned_by(self, user: User | AnonymousUser) -> AccountQuerySet:
        return self.filter(owner=user) if isinstance(user, User) else self.none()


class Account(models.Model):
    """One pot of one unit: `fan:7:paid`, `creator:9:pending`, `platform:revenue`.

    `balance` is kept in place and never negative. It is null for the platform's and the gateways' own
    accounts: every sale touches those, so theirs is the sum of their entries and the row is never updated.
    """

    key = models.CharField(max_length=80, unique=True)
    unit = models.CharField(max_length=12)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="ledger_accounts"
    )
    balance = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = AccountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(balance__isnull=True) | models.Q(balance__gte=0), name="balance_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Kind(models.TextChoices):
    TOP_UP = "top_up", _("Coins bought")
    GRANT = "grant", _("Gift of the house")
    PURCHASE = "purchase", _("Purchase")
    REVERSAL = "reversal", _("Reversal")


class Outcome(models.TextChoices):
    POSTED = "posted", _("Posted")
    DENIED = "denied", _("Denied")


class Transaction(models.Model):
    """One answer of the ledger: the legs it posted, or the denial it will repeat for ever."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    actor = models.CharField(max_length=80)
    key = models.CharField(max_length=100)
    digest = models.CharField(max_length=64)
    source_type = models.CharField(max_length=40)
    source_id = models.CharField(max_length=120)
    details = models.JSONField(default=dict)
    denial = models.JSONField(default=dict)
    reverses = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="reversed_by")
    created_at = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["actor", "key"], name="idempotency_key_once"),
            models.UniqueConstraint(
                fields=["kind", "source_type", "source_id"],
                condition=models.Q(outcome="posted"),
                name="posted_once_a_source",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.public_id}"

    @property
    def is_posted(self) -> bool:
        return self.outcome == Outcome.POSTED


class EntryQuerySet(models.QuerySet["Entry"]):
    def owned_by(self, user: User | AnonymousUser) -> EntryQuerySet:
        """Entries of the user's own wallet (not of their earnings)."""
        if not isinstance(user, User):
            return self.none()
        return self.filter(account__owner=user, account__key__startswith="fan:")


class Entry(models.Model):
    """One leg: a signed whole number on one account, with the balance it left behind (null on hot accounts)."""

    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="entries", db_index=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="entries", db_index=False)
    amount = models.BigIntegerField()
    balance_after = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "entries"
        indexes = [models.Index(fields=["account", "id"], name="entry_by_account")]
        constraints = [
            models.UniqueConstraint(fields=["transaction", "account"], name="one_leg_an_account"),
            models.CheckConstraint(condition=~models.Q(amount=0), name="leg_not_zero"),
            models.CheckConstraint(
                condition=models.Q(balance_after__isnull=True) | models.Q(balance_after__gte=0),
                name="balance_after_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id}:{self.amount:+d}"
