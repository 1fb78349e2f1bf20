"""Fixed-window rate limits on the shared cache."""

from __future__ import annotations

import time

from django.core.cache import cache

from companion_site.core.exceptions import TooManyRequests


def hit(scope: str, actor: str | int, *, limit: int, window_seconds: int) -> None:
    """Count one use of `scope` by `actor`; raise `TooManyRequests` past `limit` in the window."""
    now = int(time.time())
    key = f"rate:{scope}:{actor}:{now // window_seconds}"
    cache.add(key, 0, timeout=window_seconds + 1)
    try:
        used = cache.incr(key)
    except ValueError:  # evicted between add and incr
        cache.set(key, 1, timeout=window_seconds + 1)
        used = 1
    if used > limit:
        raise TooManyRequests(retry_after_seconds=window_seconds - now % window_seconds)
