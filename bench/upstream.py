"""A cheap fake of an OpenAI-compatible server: first token after 20 ms, 50 tokens 20 ms apart.

Run it in its own process (`python -m bench.upstream --port 9099`) so that its CPU time
is not charged to whoever is measured. It speaks just enough HTTP/1.1 for that.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

REPLY = "我在这儿，你慢慢说，我听着呢，雪还在下，炉子上的水刚刚烧开，先喝一口热的再讲今天的事也不迟吧"
HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
    b"Cache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n"
)


_STARTS = itertools.count(step=7)


@dataclass(frozen=True, slots=True)
class Script:
    """How the fake answers."""

    tokens: int = 50
    first_seconds: float = 0.020
    gap_seconds: float = 0.020


def _event(payload: dict[str, object]) -> bytes:
    data = b"data: " + json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"
    return b"%x\r\n%s\r\n" % (len(data), data)


def _delta(delta: dict[str, object], finish: str | None = None) -> bytes:
    choice = {"finish_reason": finish, "index": 0, "delta": delta}
    return _event(
        {
            "choices": [choice],
            "created": 1760000000,
            "id": "chatcmpl-lWtYFDIYXZbDdqUG7RlrSxZJo1kSNUc9",
            "model": "fake-upstream",
            "system_fingerprint": "b0-unknown",
            "object": "chat.completion.chunk",
        }
    )


class Upstream(asyncio.Protocol):
    """One connection: reads requests, answers each from prepared bytes."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.buffer = b""
        self.transport: asyncio.Transport | None = None
        self.task: asyncio.Task[None] | None = None
        self.frames = [_delta({"content": character}) for character in REPLY]
        self.tail = _delta({}, "stop") + b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        if self.task:
            self.task.cancel()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, separator, body = self.buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if len(body) < length:
            return
        self.buffer = body[length:]
        if b'"stream":true' in body[:length].replace(b" ", b""):
            self.task = asyncio.ensure_future(self._stream())
        else:
            self._answer()

    def _answer(self) -> None:
        message = {"role": "assistant", "content": REPLY}
        body = json.dumps({"choices": [{"index": 0, "finish_reason": "stop", "message": message}]}).encode()
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
        if self.transport:
            self.transport.write(head + body)

    async def _stream(self) -> None:
        if self.transport:
            self.transport.write(HEAD)
        due = time.monotonic() + self.script.first_seconds
        # Every reply begins elsewhere: one that says the last one again is sent back as an echo.
        start = next(_STARTS)
        for number in range(self.script.tokens):
            frame = self.frames[(start + number) % len(self.frames)]
            await asyncio.sleep(due - time.monotonic())
            if self.transport is None:
                return
            self.transport.write(frame)
            due += self.script.gap_seconds
        if self.transport:
            self.transport.write(self.tail)


async def serve(host: str, port: int, script: Script) -> None:
    """Serve until SIGTERM or SIGINT; print `ready <port>` when listening."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Upstream(script), host, port, backlog=1024)
    sys.stdout.write(f"ready {server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
    server.close()


@contextlib.contextmanager
def running(script: Script | None = None) -> Iterator[str]:
    """Run the fake in a process of its own; yield its base URL, as OPENAI_BASE_URL wants it."""
    script = script or Script()
    command = [
        *(sys.executable, "-m", "bench.upstream", "--port", "0", "--tokens", str(script.tokens)),
        *("--first", str(script.first_seconds), "--gap", str(script.gap_seconds)),
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603
    assert process.stdout is not None
    try:
        port = int(process.stdout.readline().split()[1])
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        process.communicate(timeout=10)  # waits, and closes the pipe


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9099)
    parser.add_argument("--tokens", type=int, default=50)
    parser.add_argument("--first", type=float, default=0.020)
    parser.add_argument("--gap", type=float, default=0.020)
    options = parser.parse_args()
    script = Script(options.tokens, options.first, options.gap)
    asyncio.run(serve(options.host, options.port, script))


if __name__ == "__main__":
    main()
