"""What a person takes with them of their money: orders and every movement of their coins."""

from __future__ import annotations

from accounts.models import User
from billing.models import Entitlement, Entry, Order


def export_wallet(user: User) -> dict[str, object]:
    """Return the user's orders, coin movements and entitlements as JSON members, oldest first."""
    entries = Entry.objects.owned_by(user).select_related("transaction", "account").order_by("pk")
    orders = Order.objects.owned_by(user).order_by("pk")
    owned = Entitlement.objects.filter(user=user).select_related("offer").order_by("pk")
    return {
        "entries": [
            {
                "at": entry.created_at.isoformat(),
                "kind": entry.transaction.kind,
                "unit": entry.account.unit,
                "coins": entry.amount,
                "left": entry.balance_after,
            }
            for entry in entries
        ],
        "orders": [
            {
                "id": str(order.public_id),
                "at": order.created_at.isoformat(),
                "status": order.status,
                "coins": order.coins_paid + order.coins_bonus,
                "amount_minor": order.amount_minor,
                "currency": order.currency,
            }
            for order in orders
        ],
        "entitlements": [
            {"offer": right.offer.title, "kind": right.offer.kind, "since": right.created_at.isoformat()}
            for right in owned
        ],
    }
