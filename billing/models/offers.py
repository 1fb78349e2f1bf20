"""What can be bought and who owns it. An offer does not know what stands behind it."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from billing.models.ledger import Transaction
from companion_site.core.models import Public

HIGHEST_PRICE_COINS = 100_000


class OfferQuerySet(models.QuerySet["Offer"]):
    def visible_to(self, user: User | AnonymousUser) -> OfferQuerySet:
        """Offers on sale, plus what the reader owns or sells."""
        on_sale = models.Q(is_active=True)
        if not isinstance(user, User):
            return self.filter(on_sale)
        owned = Entitlement.objects.owned_by(user).live().values("offer_id")
        return self.filter(on_sale | models.Q(seller=user) | models.Q(pk__in=owned))


class Offer(Public):
    """Something a seller sells for coins: the price shown is the price charged."""

    class Kind(models.TextChoices):
        STORYLINE = "storyline", _("Hidden storyline")
        VOICE = "voice", _("Voice")
        OUTFIT = "outfit", _("Outfit")
        GIFT = "gift", _("Gift")
        SECRET = "secret", _("Secret")

    seller = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="offers")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    title = models.CharField(max_length=120)
    price_coins = models.PositiveIntegerField()
    is_active = models.BooleanField(default=True)

    objects = OfferQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(price_coins__lte=HIGHEST_PRICE_COINS), name="price_within_reason"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class EntitlementQuerySet(models.QuerySet["Entitlement"]):
    def owned_by(self, user: User | AnonymousUser) -> EntitlementQuerySet:
        return self.filter(user=user) if isinstance(user, User) else self.none()

    def live(self) -> EntitlementQuerySet:
        return self.filter(revoked_at__isnull=True)


class Entitlement(Public):
    """A user's right to what stands behind an offer, and the debit that paid for it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="entitlements")
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="entitlements")
    transaction = models.OneToOneField(Transaction, on_delete=models.PROTECT, related_name="entitlement")
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = EntitlementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "offer"], condition=models.Q(revoked_at__isnull=True), name="one_live_entitlement"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}:{self.offer_id}"
