"""Token buckets: an allowance that refills steadily and can be saved up to a measure; for what differs in cost.

Several buckets are asked at once and pay together or not at all. Where they are kept says `settings.RATE_BUCKETS`.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from django.core.cache import cache
from redis import Redis
from redis.exceptions import RedisError

from companion_site.core.backends import Backends
from companion_site.core.exceptions import LimitsUnknown

logger = logging.getLogger(__name__)

# A server that does not answer within this time is treated as gone: nobody waits longer for a limit.
_TIMEOUT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Bucket:
    """An allowance: how much it holds, and how much flows back a second."""

    name: str
    capacity: float
    per_second: float


@dataclass(frozen=True, slots=True)
class Short:
    """The first bucket that held too little, and in how many seconds it will hold enough."""

    name: str
    seconds: int


def refilled(level: float, seconds: float, bucket: Bucket) -> float:
    """Return what a bucket holds after some seconds; a clock that went back fills nothing."""
    return min(bucket.capacity, level + max(0.0, seconds) * bucket.per_second)


def seconds_until(cost: float, level: float, bucket: Bucket) -> int:
    """Return how long until a bucket holds `cost`; what it can never hold is said to take as long as to fill it."""
    missing = min(cost, bucket.capacity) - level
    return max(1, math.ceil(missing / bucket.per_second)) if bucket.per_second else 3600


class Buckets(Protocol):
    """Where levels are kept."""

    def take(self, wanted: Sequence[Bucket], cost: float) -> Short | None:
        """Take `cost` from each bucket and return None, or take nothing and return the first that is short."""
        ...


class LocalBuckets:
    """For a single process: levels in Django's cache, one at a time under a lock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def take(self, wanted: Sequence[Bucket], cost: float) -> Short | None:
        now = time.time()
        with self._lock:
            kept = cache.get_many([f"bucket:{bucket.name}" for bucket in wanted])
            levels = {}
            for bucket in wanted:
                level, at = kept.get(f"bucket:{bucket.name}", (bucket.capacity, now))
                level = refilled(level, now - at, bucket)
                if level < cost:
                    return Short(bucket.name, seconds_until(cost, level, bucket))
                levels[bucket.name] = level - cost
            for bucket in wanted:
                # A full bucket and none are the same, so one is kept no longer than it takes to fill.
                cache.set(f"bucket:{bucket.name}", (levels[bucket.name], now), _life_seconds(bucket))
        return None


# KEYS: buckets. ARGV: cost, then capacity, refill a second and life of each. The server's own clock counts, so that
# several machines agree. Answers {0, 0}, or the place of the bucket that is short and what it holds.
_SCRIPT = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local cost = tonumber(ARGV[1])
local levels = {}
for place, key in ipairs(KEYS) do
  local capacity, rate = tonumber(ARGV[place * 3 - 1]), tonumber(ARGV[place * 3])
  local kept = redis.call('HMGET', key, 'level', 'at')
  local level = capacity
  if kept[1] then
    level = math.min(capacity, tonumber(kept[1]) + math.max(0, now - tonumber(kept[2])) * rate)
  end
  if level < cost then return {place, tostring(level)} end
  levels[place] = level - cost
end
for place, key in ipairs(KEYS) do
  redis.call('HSET', key, 'level', tostring(levels[place]), 'at', string.format('%.6f', now))
  redis.call('EXPIRE', key, ARGV[place * 3 + 1])
end
return {0, '0'}
"""


class RedisBuckets:
    """For several processes: levels in Redis, all asked in one round trip."""

    def __init__(self, url: str, prefix: str = "cardia:bucket:") -> None:
        self._redis = Redis.from_url(
            url,
            decode_responses=True,
            socket_timeout=_TIMEOUT_SECONDS,
            socket_connect_timeout=_TIMEOUT_SECONDS,
        )
        self._prefix = prefix
        self._script = self._redis.register_script(_SCRIPT)

    def take(self, wanted: Sequence[Bucket], cost: float) -> Short | None:
        arguments: list[float] = [cost]
        for bucket in wanted:
            arguments += [bucket.capacity, bucket.per_second, _life_seconds(bucket)]
        try:
            place, level = self._script(keys=[self._prefix + bucket.name for bucket in wanted], args=arguments)
        except RedisError as error:
            logger.warning("limits cannot be read: %s", error)
            raise LimitsUnknown(retry_after_seconds=5) from error
        if not place:
            return None
        bucket = wanted[place - 1]
        return Short(bucket.name, seconds_until(cost, float(level), bucket))


def _life_seconds(bucket: Bucket) -> int:
    return math.ceil(bucket.capacity / bucket.per_second) + 60 if bucket.per_second else 86_400


rate_buckets: Backends[Buckets] = Backends("RATE_BUCKETS")


def take(wanted: Sequence[Bucket], cost: float) -> Short | None:
    """Take `cost` from each bucket, or from none: then return the first that holds too little.

    Raises `LimitsUnknown` where the levels cannot be read.
    """
    return rate_buckets["default"].take(wanted, cost) if wanted else None
