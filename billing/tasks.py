"""Work that waits behind the webhooks. Every task takes ids and may run twice."""

from __future__ import annotations

from celery import shared_task

from billing.gateways import fake_post, fake_till
from billing.services import checkouts, inbox


@shared_task(name="billing.process_webhook", soft_time_limit=60, time_limit=90)
def process_webhook(event_pk: int) -> None:
    """Work on one webhook event; what fails is left to the sweeper."""
    inbox.process(event_pk)


@shared_task(name="billing.sweep_webhooks")
def sweep_webhooks() -> int:
    """Process the events that are due and, for the test gateway, deliver what it still owes."""
    fake_till.settle_bank_debits()
    fake_post.deliver_due()
    return inbox.sweep()


@shared_task(name="billing.reconcile_checkouts")
def reconcile_checkouts() -> int:
    """Ask the gateway after orders no webhook has told us about."""
    return checkouts.reconcile()


@shared_task(name="billing.deliver_fake_webhooks")
def deliver_fake_webhooks() -> int:
    """Deliver the test gateway's webhooks at once."""
    return fake_post.deliver_due()
