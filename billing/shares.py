"""How a price is divided. Pure arithmetic on whole coins."""

from __future__ import annotations

from dataclasses import dataclass

CREATOR_SHARE_PERCENT = 70


@dataclass(frozen=True, slots=True)
class Split:
    creator: int
    platform: int


def split(price_coins: int, *, creator_percent: int = CREATOR_SHARE_PERCENT) -> Split:
    """Divide a price between creator and platform; what does not divide stays with the platform (I-10)."""
    creator = price_coins * creator_percent // 100
    return Split(creator=creator, platform=price_coins - creator)
