"""The coin balance in the header of every page."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from django.http import HttpRequest

from accounts.models import User
from billing import ledger


def wallet(request: HttpRequest) -> dict[str, Callable[[], int]]:
    """Offer `coins` to templates: a callable they call at most once, so a page that does not ask costs no query."""
    user = getattr(request, "user", None)

    @cache
    def coins() -> int:
        return ledger.balance(user) if isinstance(user, User) and user.is_authenticated else 0

    return {"coins": coins}
