"""The coin packs on sale, read once from `fixtures/coin_packs.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from billing.exceptions import UnknownPack

# The names are copy, so they are translated like every other string; the numbers are data.
NAMES: dict[str, str | Promise] = {
    "spark": _("A spark"),
    "lantern": _("A lantern"),
    "carousel": _("The carousel"),
    "fireworks": _("Fireworks"),
}
ICONS = {"spark": "sparkle", "lantern": "lantern", "carousel": "carousel", "fireworks": "fireworks"}


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack at one currency's price; `amount_minor` in minor units of `currency` (ISO 4217, lower case)."""

    key: str
    coins_paid: int
    coins_bonus: int
    amount_minor: int
    currency: str
    is_best_value: bool

    @property
    def coins(self) -> int:
        """Paid and bonus coins together."""
        return self.coins_paid + self.coins_bonus

    @property
    def name(self) -> str:
        return str(NAMES.get(self.key, self.key))

    @property
    def icon(self) -> str:
        return ICONS.get(self.key, "coin")


@cache
def _catalogue() -> dict[str, Any]:
    with (settings.FIXTURES_DIR / "coin_packs.yaml").open(encoding="utf-8") as file:
        catalogue: dict[str, Any] = yaml.safe_load(file)
    return catalogue


def on_sale(user: User) -> list[Pack]:
    """Return the packs at the prices of the user's region, cheapest first."""
    catalogue = _catalogue()
    currencies = catalogue["currencies"]
    currency = currencies.get(user.region, currencies["default"])
    best = max(catalogue["packs"], key=lambda row: (row["coins"] + row["bonus"]) / row["prices"][currency])
    packs = [
        Pack(
            key=row["key"],
            coins_paid=row["coins"],
            coins_bonus=row["bonus"],
            amount_minor=row["prices"][currency],
            currency=currency,
            is_best_value=row is best,
        )
        for row in catalogue["packs"]
    ]
    return sorted(packs, key=lambda pack: pack.amount_minor)


def get(user: User, key: str) -> Pack:
    """Return the pack called `key`; raise `UnknownPack` where none is."""
    for pack in on_sale(user):
        if pack.key == key:
            return pack
    raise UnknownPack(field="pack")


def covering(user: User, shortfall: int) -> str:
    """Return the key of the cheapest pack that covers `shortfall` coins, empty where none does."""
    return next((pack.key for pack in on_sale(user) if pack.coins >= shortfall), "")
