"""Keys programs speak with in their owner's name: made and shown once, checked, counted, revoked.

What is stored of a key is its SHA-256: 256 random bits need no salt, and finding the digest by its index compares
nothing byte by byte.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.exceptions import AgeUnknown, InvalidKey, KeyScopeMissing, TooManyKeys
from accounts.models import ApiKey, ApiKeyQuerySet, User
from companion_site.core import ratelimit
from companion_site.core.exceptions import Invalid

START = "cardia_"
MOST = 20
_MOST_LISTED = 100
LISTS_PER_MINUTE = 60
_BYTES = 32
_SHOWN = len(START) + 5
_LONGEST = 200
_NAME_CHARS = 60
# A form sent twice arrives within moments; later, the same form is somebody pressing "back".
_SAME_FORM = timedelta(minutes=1)
_TOUCHED_EVERY = timedelta(minutes=1)
_MINUTE, _DAY = 60, 86_400


@dataclass(frozen=True, slots=True)
class Made:
    """A new key and its secret, which nobody can tell again."""

    key: ApiKey
    secret: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A key as a list shows it. `state` is live, ended or revoked."""

    key: ApiKey
    scopes: tuple[str, ...]
    state: str


@transaction.atomic
def create_key(
    user: User, *, name: str, scopes: Sequence[str], expires_at: datetime | None = None, ticket: UUID | None = None
) -> Made:
    """Make a key. A form sent twice with one `ticket` makes one key, and what is returned last is its secret.

    Raises `Invalid` naming the field, and `TooManyKeys`.
    """
    name = name.strip()
    if not name or len(name) > _NAME_CHARS or "\0" in name:
        raise Invalid(field="name")
    if not scopes or not set(scopes) <= set(ApiKey.Scope.values):
        raise Invalid(field="scopes")
    now = timezone.now()
    if expires_at is not None and expires_at <= now:
        raise Invalid(field="expires_at")
    # Two at once must not both be the last one allowed.
    User.objects.select_for_update().get(pk=user.pk)
    secret = START + secrets.token_urlsafe(_BYTES)
    fields = {
        "name": name,
        "scopes": sorted(set(scopes)),
        "expires_at": expires_at,
        "prefix": secret[:_SHOWN],
        "digest": digest(secret),
    }
    if ticket is not None and (before := _made_before(user, ticket)) is not None:
        for field, value in fields.items():
            setattr(before, field, value)
        before.save(update_fields=[*fields, "updated_at"])
        return Made(before, secret)
    if live_keys(user).count() >= MOST:
        raise TooManyKeys(limit=MOST)
    identity = {} if ticket is None else {"public_id": ticket}
    return Made(ApiKey.objects.create(user=user, **fields, **identity), secret)


def _made_before(user: User, ticket: UUID) -> ApiKey | None:
    """Return the key this form has made a moment ago; raise `Invalid` where the form is older than that."""
    found = ApiKey.objects.filter(public_id=ticket).first()
    if found is None:
        return None
    is_fresh = found.created_at > timezone.now() - _SAME_FORM and not found.last_used_at and not found.revoked_at
    if found.user_id != user.pk or not is_fresh:
        raise Invalid(_("This form has been used already. Nothing was made; begin with a new one."))
    return found


def revoke_key(user: User, key: ApiKey) -> None:
    """End a key of the user's from now on; revoking it twice changes nothing."""
    ApiKey.objects.owned_by(user).filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now())


def revoke_all(user: User) -> None:
    """End every key of the user's."""
    ApiKey.objects.owned_by(user).filter(revoked_at=None).update(revoked_at=timezone.now())


def live_keys(user: User) -> ApiKeyQuerySet:
    """Return the keys that open something now."""
    still = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
    return ApiKey.objects.owned_by(user).filter(still, revoked_at=None)


def listed(user: User) -> list[Listed]:
    """Return the user's keys, those that open something first, then the newest."""
    labels = dict(ApiKey.Scope.choices)
    rows = [
        Listed(key, tuple(str(labels.get(scope, scope)) for scope in key.scopes), _state(key))
        for key in ApiKey.objects.owned_by(user).order_by("-created_at")[:_MOST_LISTED]
    ]
    return sorted(rows, key=lambda row: row.state != "live")


def _state(key: ApiKey) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "ended" if key.expires_at is not None and key.expires_at <= timezone.now() else "live"


def key_of(authorization: str, *, scope: ApiKey.Scope) -> ApiKey:
    """Return the live key of an `Authorization` header, with its owner, and note that it was used.

    Raises `InvalidKey`, `AgeUnknown`, `KeyScopeMissing`, and `TooManyRequests` past what the key may do.
    """
    key = _found(authorization)
    if key.user.birth_on is None:
        raise AgeUnknown
    if scope.value not in key.scopes:
        raise KeyScopeMissing(scope=scope.value)
    _count(key, scope)
    _touch(key)
    return key


def _found(authorization: str) -> ApiKey:
    scheme, _space, secret = authorization.strip().partition(" ")
    secret = secret.strip()
    if scheme.lower() != "bearer" or not secret.startswith(START) or len(secret) > _LONGEST:
        raise InvalidKey
    key = ApiKey.objects.select_related("user").filter(digest=digest(secret)).first()
    if key is None or not key.user.is_active:
        raise InvalidKey
    state = _state(key)
    if state == "revoked":
        raise InvalidKey(_("This key has been revoked. Make a new one in your settings."))
    if state == "ended":
        raise InvalidKey(_("This key has expired. Make a new one in your settings."))
    return key


def _count(key: ApiKey, scope: ApiKey.Scope) -> None:
    if scope is ApiKey.Scope.READ:
        ratelimit.hit("key.read", key.pk, limit=LISTS_PER_MINUTE, window_seconds=_MINUTE)
        return
    # The minute first: what it refuses is not taken off the day.
    ratelimit.hit("key.turn", key.pk, limit=key.turns_per_minute, window_seconds=_MINUTE)
    ratelimit.hit("key.day", key.pk, limit=key.turns_per_day, window_seconds=_DAY)


def _touch(key: ApiKey) -> None:
    now = timezone.now()
    if key.last_used_at is None or key.last_used_at < now - _TOUCHED_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)


def digest(secret: str) -> str:
    """Return what is stored of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def export_keys(user: User) -> list[dict[str, object]]:
    """Return the user's keys for their account's file: everything but what opens a door."""
    return [
        {
            "name": key.name,
            "prefix": key.prefix,
            "scopes": key.scopes,
            "created_at": key.created_at.isoformat(),
            "expires_at": key.expires_at.isoformat() if key.expires_at else None,
            "last_used_at": key.last_used_at.isoformat() if key.last_used_at else None,
            "revoked_at": key.revoked_at.isoformat() if key.revoked_at else None,
        }
        for key in ApiKey.objects.owned_by(user).order_by("created_at")
    ]
