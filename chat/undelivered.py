"""Remembers for a while whose reader left before the end of a reply, so that the same request finds it again."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from django.core.cache import cache

# Long enough for a client that tries again; afterwards the same request asks for another reply.
KEPT_SECONDS = 600

Delivery = Literal["told", "left"]


def note(reply_id: UUID, how: Delivery) -> None:
    """Keep how the last reader of a reply went: with the whole of it, or before."""
    cache.set(f"delivery:{reply_id}", how, timeout=KEPT_SECONDS)


def is_owed(reply_id: UUID, *, is_retry: bool) -> bool:
    """Whether whoever asked for the reply has not had it: they left, or say that they try again."""
    how = cache.get(f"delivery:{reply_id}")
    return how == "left" or (is_retry and how != "told")
