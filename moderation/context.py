"""Whether something new waits among a person's notices, for the menu of every page."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from django.http import HttpRequest

from accounts.models import User
from moderation.models import Notice


def notices(request: HttpRequest) -> dict[str, Callable[[], int]]:
    """Offer `unread_notices` to templates: a callable, so a page that does not ask costs no query."""
    user = getattr(request, "user", None)

    @cache
    def unread() -> int:
        return Notice.objects.owned_by(user).filter(read_at=None).count() if isinstance(user, User) else 0

    return {"unread_notices": unread}
