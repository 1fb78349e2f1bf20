"""What the two bare servers share: a model's answer as it comes, over a kept connection, through no client library."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from urllib.parse import SplitResult

from companion_site.providers.plain_http import Chunks

_READ_BYTES = 65536
_idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []


async def passed_on(address: SplitResult, words: bytes) -> AsyncGenerator[bytes, None]:
    """Yield the model's event stream, piece by piece as it arrives."""
    said = json.loads(words)["text"]
    body = json.dumps({"model": "bench", "stream": True, "messages": [{"role": "user", "content": said}]}).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: {len(body)}\r\n\r\n"
    reader, writer = _idle.pop() if _idle else await asyncio.open_connection(address.hostname, address.port)
    writer.write(head.encode() + body)
    await reader.readuntil(b"\r\n\r\n")
    chunks = Chunks()
    while not chunks.is_done:
        if text := chunks.feed(await reader.read(_READ_BYTES)):
            yield text
    _idle.append((reader, writer))
