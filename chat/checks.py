"""System checks: every model can be built, every route leads to one, every price is a number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from accounts.models import Tier
from chat import best_of, judging, scenes
from chat.route import PURPOSES
from companion_site.providers import chat_models

_BEST_OF = range(1, best_of.MOST + 1)
_PRICED = {"prompt", "completion"}


@checks.register("models")
def models_can_be_built(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """Every alias of CHAT_MODELS names a provider and options that it takes."""
    found: list[checks.CheckMessage] = []
    for alias in chat_models.aliases():
        try:
            chat_models[alias]
        except (ImproperlyConfigured, TypeError, ValueError, AttributeError) as exc:
            found.append(checks.Error(f"CHAT_MODELS[{alias!r}]: {exc}", id="chat.E001"))
    return found


@checks.register("models")
def routes_lead_to_models(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """Every route of CHAT_ROUTES is of a known purpose and tier, and names existing aliases."""
    routes: object = settings.CHAT_ROUTES
    faults = _route_faults(routes) if isinstance(routes, Mapping) else ["must be purpose -> aliases"]
    return [checks.Error(f"CHAT_ROUTES {fault}.", id="chat.E002") for fault in faults]


@checks.register("models")
def prices_are_numbers(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """Every price of CHAT_PRICES is `prompt` and `completion`, in numbers from zero on."""
    prices: object = settings.CHAT_PRICES
    if not isinstance(prices, Mapping):
        return [checks.Error("CHAT_PRICES must be model or alias -> prices.", id="chat.E003")]
    return [
        checks.Error(f"CHAT_PRICES[{name!r}] must be prompt and completion, in numbers from 0 on.", id="chat.E003")
        for name, price in prices.items()
        if not _is_price(price)
    ]


@checks.register("models")
def draws_are_counted(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """Every count of CHAT_BEST_OF is for a scene, a tier, both or all, and one that is worth paying for."""
    wanted: object = settings.CHAT_BEST_OF
    if not isinstance(wanted, Mapping):
        return [checks.Error("CHAT_BEST_OF must be scene/tier -> count.", id="chat.E004")]
    known = {"*", *scenes.presets(), *Tier.values, *(f"{s}/{t}" for s in scenes.presets() for t in Tier.values)}
    faults = [f"[{key!r}] is no scene, tier or scene/tier" for key in wanted if key not in known]
    faults += [f"[{key!r}] must be 1 to {best_of.MOST}" for key, count in wanted.items() if count not in _BEST_OF]
    return [checks.Error(f"CHAT_BEST_OF{fault}.", id="chat.E004") for fault in faults]


@checks.register("models")
def scorers_can_score(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """Every scorer of CHAT_SCORERS can be built, and has a `score` and a weight."""
    wanted: object = settings.CHAT_SCORERS
    if not isinstance(wanted, Mapping):
        return [checks.Error("CHAT_SCORERS must be dotted path -> weight.", id="chat.E005")]
    found: list[checks.CheckMessage] = []
    for path, raw in wanted.items():
        try:
            judging.terms(raw)
            if not callable(getattr(import_string(path)(), "score", None)):
                raise TypeError("has no score()")
        except (ImportError, TypeError, ValueError) as exc:
            found.append(checks.Error(f"CHAT_SCORERS[{path!r}]: {exc}", id="chat.E005"))
    return found


def _route_faults(routes: Mapping[str, object]) -> Iterator[str]:
    for purpose, wanted in routes.items():
        if purpose not in PURPOSES:
            yield f"has no purpose {purpose!r}: it is one of {', '.join(PURPOSES)}"
            continue
        by_tier = wanted if isinstance(wanted, Mapping) else {"": wanted}
        for tier, aliases in by_tier.items():
            if tier and tier not in Tier.values:
                yield f"[{purpose!r}] has no tier {tier!r}: it is one of {', '.join(Tier.values)}"
            if not isinstance(aliases, list | tuple) or not aliases:
                yield f"[{purpose!r}] must list aliases"
                continue
            unknown = [str(alias) for alias in aliases if alias not in chat_models.aliases()]
            if unknown:
                yield f"[{purpose!r}] names {', '.join(unknown)}, which CHAT_MODELS does not have"


def _is_price(price: object) -> bool:
    if not isinstance(price, Mapping) or not price or not set(price) <= _PRICED:
        return False
    return all(isinstance(value, int | float) and value >= 0 for value in price.values())
