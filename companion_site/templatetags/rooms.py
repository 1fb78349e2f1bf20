"""Which rooms behind the park a reader may be shown the way to."""

from __future__ import annotations

from django import template
from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from accounts.permissions import is_moderator, is_trainer

register = template.Library()


@register.filter
def moderates(user: User | AnonymousUser) -> bool:
    return is_moderator(user)


@register.filter
def trains(user: User | AnonymousUser) -> bool:
    return is_trainer(user)
