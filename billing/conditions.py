"""What else must be so before something bought opens, as told by the app that put it on sale.

Billing does not know what stands behind an offer; whoever does registers here when the project starts, and the
counter says it before any coins move.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from billing.models import Offer

Teller = Callable[[Offer], Sequence[str]]
_tellers: dict[str, Teller] = {}


def register(name: str, teller: Teller) -> None:
    """Let `teller` say in sentences what an offer needs besides its price; registering twice is registering once."""
    _tellers[name] = teller


def of(offer: Offer) -> list[str]:
    """Return what the offer needs besides its price, in the reader's language; empty where coins are enough."""
    return [sentence for teller in _tellers.values() for sentence in teller(offer)]
