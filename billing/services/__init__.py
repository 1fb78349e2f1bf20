"""Every write of billing that has a rule."""

from billing.services.checkouts import fulfil, reconcile, settle, start_checkout
from billing.services.coins import grant_coins
from billing.services.offers import create_offer, purchase, rename_offer, reprice_offer, set_on_sale

__all__ = [
    "create_offer",
    "fulfil",
    "grant_coins",
    "purchase",
    "reconcile",
    "rename_offer",
    "reprice_offer",
    "set_on_sale",
    "settle",
    "start_checkout",
]
