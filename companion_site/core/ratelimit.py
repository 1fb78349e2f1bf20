"""Fixed-window rate limits on the shared cache."""

from __future__ import annotations

import time

from django.core.cache import cache
from redis.exceptions import RedisError

from companion_site.core.exceptions import LimitsUnknown, TooManyRequests


def hit(scope: str, actor: str | int, *, limit: int, window_seconds: int) -> None:
    """Count one use of `scope` by `actor`; raise `TooManyRequests` past `limit` in the window.

    Raises `LimitsUnknown` where the cache is gone: what has a limit is refused then, what has none goes on.
    """
    now = int(time.time())
    try:
        used = _counted(f"rate:{scope}:{actor}:{now // window_seconds}", window_seconds + 1)
    except RedisError as error:
        raise LimitsUnknown(retry_after_seconds=5) from error
    if used > limit:
        raise TooManyRequests(retry_after_seconds=window_seconds - now % window_seconds)


def _counted(key: str, seconds: int) -> int:
    cache.add(key, 0, timeout=seconds)
    try:
        return cache.incr(key)
    except ValueError:  # evicted between add and incr
        cache.set(key, 1, timeout=seconds)
        return 1
