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
# The last word of a server that is about to stop: connect again in a second, with the last id.
COME_BACK = b"retry: 1000\n\n"
# Made once: `json.dumps` would make an encoder for every frame.
_as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def frame(event: str, data: Mapping[str, object], *, event_id: str = "") -> bytes:
    """Return one event as UTF-8 bytes; `data` becomes one line of JSON, so no newline can break the frame."""
    head = f"id: {event_id}\n" if event_id else ""
    return f"{head}event: {event}\ndata: {_as_json(data)}\n\n".encode()
