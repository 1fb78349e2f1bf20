"""Server-sent events on the wire: framing and the resume header."""

from __future__ import annotations

import json
from collections.abc import Mapping

HEADERS = {
    "Cache-Control": "no-cache, no-transform",
    # Proxies such as nginx buffer responses unless told not to.
    "X-Accel-Buffering": "no",
}
HEARTBEAT = b": still here\n\n"
HEARTBEAT_SECONDS = 15.0


def frame(event: str, data: Mapping[str, object], *, event_id: str = "") -> bytes:
    """Return one event as UTF-8 bytes; `data` becomes one line of JSON, so no newline can break the frame."""
    payload = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    head = f"id: {event_id}\n" if event_id else ""
    return f"{head}event: {event}\ndata: {payload}\n\n".encode()
