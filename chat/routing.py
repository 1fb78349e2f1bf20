"""The route of a turn by the settings of this installation: who may ask which models."""

from __future__ import annotations

from django.conf import settings

from chat.route import Purpose, Route, choose


def route_of(*, tier: str, adapter: str, purpose: Purpose = "reply") -> Route:
    """Return which aliases to ask for a fan of this tier: the first choice, then who stands in for it.

    The adapter is a character's own voice; a judge has none.
    """
    aliases = choose(settings.CHAT_ROUTES, settings.CHAT_MODELS, tier=tier, purpose=purpose)
    return Route(aliases, adapter="" if purpose == "judge" else adapter, tier=tier)
