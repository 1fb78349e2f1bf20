from billing.models.fake import FakeCheckout, FakeDelivery
from billing.models.ledger import Account, Entry, Kind, Outcome, Transaction
from billing.models.offers import Entitlement, Offer
from billing.models.payments import Order, WebhookEvent

__all__ = [
    "Account",
    "Entitlement",
    "Entry",
    "FakeCheckout",
    "FakeDelivery",
    "Kind",
    "Offer",
    "Order",
    "Outcome",
    "Transaction",
    "WebhookEvent",
]
