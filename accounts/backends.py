"""Who a session belongs to, asked before every page and every message."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from accounts.models import User
from companion_site.core.prepared import Prepared

_USER = Prepared(lambda pk: User.objects.filter(pk=pk))


class Backend(AuthenticationBackend):  # type: ignore[misc]  # allauth has no types
    """Signs in as allauth does, and reads the user of a session by a query compiled once."""

    def get_user(self, user_id: Any) -> User | None:
        user = _USER.first(pk=user_id)
        return user if user is not None and self.user_can_authenticate(user) else None
