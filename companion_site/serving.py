"""The web process: uvicorn with our settings, and with time limits for those who send slowly.

`python -m companion_site.serving` listens on HOST and PORT with WEB_CONCURRENCY processes.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# The first line and the headers of a request have arrived by then; bodies have a limit of their own
# (`companion_site.core.threads`). Uvicorn waits for ever, and so a few thousand silent connections fill a server.
HEADERS_SECONDS = 15.0
KEEP_ALIVE_SECONDS = 20
GRACE_SECONDS = 3
BACKLOG = 4096


class PatientProtocol(HttpToolsProtocol):
    """A connection that is closed when the head of a request does not come in time."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._deadline is None:
            self._expect()

    def on_headers_complete(self) -> None:
        self._relax()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._relax()
        super().connection_lost(exc)

    def _expect(self) -> None:
        self._deadline = self.loop.call_later(HEADERS_SECONDS, self.transport.abort)

    def _relax(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def options() -> dict[str, Any]:
    """Return how uvicorn is run."""
    return {
        "host": os.environ.get("HOST") or "127.0.0.1",
        "port": int(os.environ.get("PORT") or "8000"),
        "http": PatientProtocol,
        "ws": "none",
        "access_log": False,
        "server_header": False,
        "log_level": "warning",
        "backlog": BACKLOG,
        "timeout_keep_alive": KEEP_ALIVE_SECONDS,
        # After the replies have had their time (`chat.closing`).
        "timeout_graceful_shutdown": GRACE_SECONDS,
    }


if __name__ == "__main__":
    uvicorn.run("companion_site.asgi:application", **options())
