"""What a reply log must do: keep a reply's events in order, and let any number of readers follow from any point."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Mapping
from typing import Protocol

# A reply has at most 16 KiB of text in some hundred frames; a log past this is a fault, not a reply.
MAX_FRAMES = 4096
MAX_BYTES = 256 * 1024
# How long an ended log can still be read; afterwards the database has the reply.
KEEP_SECONDS = 120

_ID = re.compile(r"^(\d{1,5})-(\d{1,7})$")


class LogFull(Exception):
    """The reply has more events than a reply may have."""


class ReplyLog(Protocol):
    """Frames of one reply, as they go over the wire. Ids are `<attempt>-<number>` and only grow."""

    async def open(self, key: str, attempt: int) -> None:
        """Begin (or begin again) to write the reply `key`."""
        ...

    async def append(self, key: str, event: str, data: Mapping[str, object]) -> str:
        """Add an event and return its id; raise `LogFull` past the bounds."""
        ...

    async def close(self, key: str) -> None:
        """Say that no event will follow in this attempt."""
        ...

    async def exists(self, key: str) -> bool:
        """Whether there is something to read."""
        ...

    def tail(self, key: str, *, after: str, heartbeat_seconds: float) -> AsyncGenerator[bytes, None]:
        """Yield the frames after the id `after` ("" for all), as they come, until the log is closed.

        Several frames that are ready are yielded as one piece; b"" is a heartbeat.
        """
        ...


def parse_id(value: str) -> tuple[int, int]:
    """Return attempt and number of an event id; anything else reads as the beginning."""
    match = _ID.match(value)
    return (int(match[1]), int(match[2])) if match else (0, 0)
