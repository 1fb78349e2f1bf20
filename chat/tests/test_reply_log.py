"""Both logs keep one promise: any reader, from any point, in order, to the end."""

from __future__ import annotations

import asyncio
import json
import os
import uuid

import pytest
import pytest_asyncio
from redis import Redis
from redis.exceptions import RedisError

from chat.reply_log import LogFull
from chat.reply_log.base import MAX_FRAMES, parse_id
from chat.reply_log.memory import MemoryReplyLog
from chat.reply_log.redis import RedisReplyLog
from companion_site.tests.require import need

REDIS_URL = os.environ.get("REDIS_URL") or "redis://127.0.0.1:6379/15"


def redis_answers() -> bool:
    try:
        return bool(Redis.from_url(REDIS_URL, socket_connect_timeout=0.5).ping())
    except (RedisError, OSError):
        return False


@pytest_asyncio.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.redis)])
async def log(request):
    if request.param == "memory":
        yield MemoryReplyLog()
        return
    need(redis_answers(), f"no Redis at {REDIS_URL}")
    redis = RedisReplyLog(REDIS_URL, prefix=f"test:{uuid.uuid4().hex}:")
    yield redis
    await redis.aclose()


async def read(log, key: str, *, after: str = "") -> list[tuple[str, str, dict]]:
    """Follow the log to its end; return id, event and data of every frame."""
    raw = b"".join([chunk async for chunk in log.tail(key, after=after, heartbeat_seconds=5)]).decode()
    found = []
    for frame in raw.strip().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in frame.split("\n"))
        found.append((lines["id"], lines["event"], json.loads(lines["data"])))
    return found


async def filled(log, key: str = "r") -> None:
    log.open(key, 1)
    for word in ("one", "two", "three"):
        log.append(key, "delta", {"t": word})
    log.close(key)


async def test_a_reader_gets_everything_in_order(log):
    await filled(log)

    assert await read(log, "r") == [
        ("1-1", "delta", {"t": "one"}),
        ("1-2", "delta", {"t": "two"}),
        ("1-3", "delta", {"t": "three"}),
    ]


async def test_a_reader_who_comes_back_gets_only_the_rest(log):
    await filled(log)

    assert await read(log, "r", after="1-2") == [("1-3", "delta", {"t": "three"})]


async def test_readers_follow_while_it_is_written(log):
    log.open("r", 1)
    readers = [asyncio.create_task(read(log, "r")) for _ in range(3)]
    await asyncio.sleep(0.05)

    for word in ("坐。", "雪\n还要下"):
        log.append("r", "delta", {"t": word})
        await asyncio.sleep(0.01)
    log.close("r")

    words = [[data["t"] for _, _, data in await reader] for reader in readers]
    assert words == [["坐。", "雪\n还要下"]] * 3


async def test_a_second_attempt_begins_anew_with_greater_ids(log):
    await filled(log)

    log.open("r", 2)
    log.append("r", "start", {"text": ""})
    log.close("r")

    assert await read(log, "r") == [("2-1", "start", {"text": ""})]
    assert await read(log, "r", after="1-3") == [("2-1", "start", {"text": ""})]


async def test_silence_is_filled_with_heartbeats(log):
    log.open("r", 1)
    log.append("r", "start", {})
    tail = log.tail("r", after="", heartbeat_seconds=0.05)

    chunks = [await anext(tail) for _ in range(3)]

    assert chunks[1:] == [b"", b""]
    await tail.aclose()


async def test_a_log_is_bounded(log):
    log.open("r", 1)
    log.append("r", "delta", {"t": "x" * 1000})

    with pytest.raises(LogFull):
        log.append("r", "delta", {"t": "x" * 300_000})


async def test_what_nobody_began_does_not_exist(log):
    assert not await log.exists("nothing")


async def test_frames_are_bounded_in_number():
    log = MemoryReplyLog()
    log.open("r", 1)

    for _ in range(MAX_FRAMES):
        log.append("r", "delta", {"t": "x"})

    with pytest.raises(LogFull):
        log.append("r", "delta", {"t": "x"})


async def test_ended_logs_are_forgotten_after_a_while():
    log = MemoryReplyLog(keep_seconds=0.01)
    await filled(log)

    await asyncio.sleep(0.02)
    log.open("another", 1)

    assert not await log.exists("r")
    assert await log.exists("another")


@pytest.mark.parametrize(
    ("_case", "text", "expected"),
    [
        ("an id", "2-17", (2, 17)),
        ("nothing", "", (0, 0)),
        ("not ours", "1760000000000-0", (0, 0)),
        ("hostile", "1-1\r\nevil: yes", (0, 0)),
    ],
)
def test_event_ids_are_read(_case, text, expected):
    assert parse_id(text) == expected
