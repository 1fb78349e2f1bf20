"""What the test gateway remembers. These rows stand for a vendor's own database: our ledger never reads them."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone


class FakeCheckout(models.Model):
    """One checkout session at the test gateway."""

    class Status(models.TextChoices):
        OPEN = "open"
        COMPLETE = "complete"
        EXPIRED = "expired"

    class Payment(models.TextChoices):
        UNPAID = "unpaid"
        PAID = "paid"
        PROCESSING = "processing"
        FAILED = "failed"

    checkout_id = models.CharField(max_length=80, unique=True)
    idempotency_key = models.CharField(max_length=255, unique=True)
    params = models.JSONField()
    mischief = models.JSONField(default=list)
    failing = models.PositiveSmallIntegerField(default=0)  # questions still to be answered with a 500
    amount_minor = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    payment = models.CharField(max_length=10, choices=Payment.choices, default=Payment.UNPAID)
    card = models.CharField(max_length=20, blank=True)
    completed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.checkout_id


class FakeDelivery(models.Model):
    """One webhook the test gateway owes us, retried until our endpoint answers 2xx."""

    url = models.URLField(max_length=500)
    event_id = models.CharField(max_length=80)
    payload = models.TextField()
    due_at = models.DateTimeField(default=timezone.now, db_index=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_status = models.PositiveSmallIntegerField(null=True)
    delivered_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "fake deliveries"

    def __str__(self) -> str:
        return self.event_id
