"""What a reply log must do: keep a reply's events in order, and let any number of readers follow from any point."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Mapping
from typing import Protocol

# A reply has at most 16 KiB of text in some hundred frames; a log past this is a fault, not a reply.
MAX_FRAMES = 4096
MAX_BYTES = 256 * 1024
# What a reader is handed at once, whatever is ready: who reads slowly must not fill the server's memory.
MAX_CHUNK = 32 * 1024
# How long an ended log can still be read; afterwards the database has the reply.
KEEP_SECONDS = 120

_ID = re.compile(r"^(\d{1,5})-(\d{1,7})$")


class LogFull(Exception):
    """The reply has more events than a reply may have."""


class LogLost(Exception):
    """The log cannot be read any more; the database knows how far the reply has come."""


class ReplyLog(Protocol):
    """Frames of one reply, as they go over the wire. Ids are `<attempt>-<number>` and only grow.

    Writing never waits, neither for readers nor for a server: a reply goes on whatever becomes of its log.
    """

    def open(self, key: str, attempt: int) -> None:
        """Begin (or begin again) to write the reply `key`."""
        ...

    def append(self, key: str, event: str, data: Mapping[str, object]) -> str:
        """Add an event and return its id; raise `LogFull` past the bounds."""
        ...

    def close(self, key: str) -> None:
        """Say that no event will follow in this attempt."""
        ...

    async def exists(self, key: str, attempt: int = 1) -> bool:
        """Whether there is something to read of this attempt, or a later one."""
        ...

    def is_written_here(self, key: str) -> bool:
        """Whether this process writes the reply, so that nobody need ask whether its writer still lives."""
        ...

    def tail(self, key: str, *, after: str, heartbeat_seconds: float, attempt: int = 1) -> AsyncGenerator[bytes, None]:
        """Yield the frames after the id `after` ("" for all), as they come, until the log is closed.

        Several frames that are ready are yielded as one piece of at most 32 KiB; b"" is a heartbeat. Raises `LogLost`.
        """
        ...

    async def aclose(self) -> None:
        """Write what is still to be written and let go of connections, before the process ends."""
        ...


def parse_id(value: str) -> tuple[int, int]:
    """Return attempt and number of an event id; anything else reads as the beginning."""
    match = _ID.match(value)
    return (int(match[1]), int(match[2])) if match else (0, 0)
