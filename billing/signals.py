"""What billing announces, always after the commit. See `docs/reference/events.md`."""

from __future__ import annotations

from django.dispatch import Signal

# A user gained a right. Arguments: entitlement (billing.models.Entitlement).
entitlement_granted = Signal()

# A coin pack was paid for and its coins are in the wallet. Arguments: order (billing.models.Order).
coins_topped_up = Signal()
