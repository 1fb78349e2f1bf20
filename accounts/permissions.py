"""Who may enter the rooms behind the park. To everyone else those rooms do not exist."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponseBase

from accounts.models import User
from companion_site.core.exceptions import NotFound

MODERATORS = "moderators"
TRAINERS = "trainers"

View = Callable[..., HttpResponseBase]


def is_moderator(user: User | AnonymousUser) -> bool:
    """Whether `user` works at the moderation desk."""
    return _has_role(user, MODERATORS)


def is_trainer(user: User | AnonymousUser) -> bool:
    """Whether `user` trains characters and reads the nights."""
    return _has_role(user, TRAINERS)


def _has_role(user: User | AnonymousUser, group: str) -> bool:
    if not isinstance(user, User) or not user.is_active:
        return False
    if user.is_superuser:
        return True
    # One query a request, however often a template asks.
    cached: set[str] | None = getattr(user, "_roles", None)
    if cached is None:
        cached = set(user.groups.values_list("name", flat=True))
        user._roles = cached  # type: ignore[attr-defined]
    return group in cached


def _required(predicate: Callable[[User | AnonymousUser], bool]) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not predicate(request.user):
                raise NotFound
            return view(request, *args, **kwargs)

        return wrapped

    return decorate


moderator_required = _required(is_moderator)
trainer_required = _required(is_trainer)
