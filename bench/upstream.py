"""A cheap fake of an OpenAI-compatible server: first token after 20 ms, 50 tokens 20 ms apart, each with its moment.

Run it in its own process (`python -m bench.upstream --port 9099`) so that its CPU time is not charged to whoever is
measured. It speaks just enough HTTP/1.1 for that. Every token is a word of `bench.words` that says when it was sent;
the first carries a word before it that says how long the fake itself took to send it, in quarters of a millisecond.
Replies end a clause every eighth token and a sentence every twenty-fourth, as talk does.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import cast

from bench.loops import fast_loop
from bench.words import word

HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
    b"Cache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n"
)
QUARTERS = 4000  # of a millisecond, in a second
# Streams whose token is due within the same part of a gap are served by one timer.
_PARTS = 4
_EARLY = 0.001
# A script may be exchanged for a quicker one meanwhile.
_LONGEST_NAP = 0.1
_CLAUSE, _SENTENCE = 8, 24


@dataclass(frozen=True, slots=True)
class Script:
    """How the fake answers."""

    tokens: int = 50
    first_seconds: float = 0.020
    gap_seconds: float = 0.020


def _event(payload: dict[str, object]) -> bytes:
    data = b"data: " + json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"
    return b"%x\r\n%s\r\n" % (len(data), data)


def _chunk(choices: list[dict[str, object]], **more: object) -> bytes:
    return _event(
        {
            "choices": choices,
            "created": 1760000000,
            "id": "chatcmpl-lWtYFDIYXZbDdqUG7RlrSxZJo1kSNUc9",
            "model": "fake-upstream",
            "system_fingerprint": "b0-unknown",
            "object": "chat.completion.chunk",
            **more,
        }
    )


def _delta(text: str) -> bytes:
    return _chunk([{"finish_reason": None, "index": 0, "delta": {"content": text}}])


def _mark(number: int) -> str:
    """Return what stands behind the token `number`, counted from one."""
    if number % _CLAUSE:
        return ""
    return "。" if number % _SENTENCE == 0 else "，"  # noqa: RUF001 - Chinese punctuation


def now_word() -> str:
    """Return the word for this millisecond, of the clock that all processes of a machine share."""
    return word(int(time.monotonic() * 1000))


class Beat:
    """Sends the tokens of all streams: one timer for those that are due together, one encoding a beat."""

    def __init__(self, script: Script) -> None:
        self.streams: list[set[Upstream]] = [set() for _ in range(_PARTS)]
        self.part = 0
        self.due = 0.0
        self.play(script)

    def play(self, script: Script) -> None:
        """Answer by another script from now on; replies on their way go on at its pace."""
        self.script = script
        self.step = max(script.gap_seconds / _PARTS, 0.001)
        self.due = min(self.due, time.monotonic() + self.step)
        usage = {"prompt_tokens": 900, "completion_tokens": script.tokens, "total_tokens": 900 + script.tokens}
        self.tail = _chunk([{"finish_reason": "stop", "index": 0, "delta": {}}]) + _chunk([], usage=usage)
        self.tail += b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n"

    async def run(self) -> None:
        """Beat until cancelled."""
        self.due = time.monotonic()
        while True:
            # Event loops count in whole milliseconds and may be early by a part of one.
            now = time.monotonic() + _EARLY
            # A machine that is late skips no beat: a token that is late says so itself.
            while self.due <= now:
                self._serve(self.streams[self.part])
                self.part = (self.part + 1) % _PARTS
                self.due += self.step
            await asyncio.sleep(min(self.due - time.monotonic(), _LONGEST_NAP))

    def _serve(self, streams: set[Upstream]) -> None:
        if not streams:
            return
        text = now_word()
        frames = {mark: _delta(text + mark) for mark in ("", "，", "。")}  # noqa: RUF001
        for stream in list(streams):
            stream.sent += 1
            stream.write(frames[_mark(stream.sent)])
            if stream.sent >= self.script.tokens:
                streams.discard(stream)
                stream.write(self.tail)

    def join(self, stream: Upstream) -> None:
        """Send the next token of `stream` one gap from now, to within a part of one."""
        self.streams[(self.part - 1) % _PARTS].add(stream)

    def leave(self, stream: Upstream) -> None:
        for streams in self.streams:
            streams.discard(stream)


class Upstream(asyncio.Protocol):
    """One connection: reads requests, answers each."""

    def __init__(self, beat: Beat) -> None:
        self.beat = beat
        self.buffer = b""
        self.sent = 0
        self.transport: asyncio.Transport | None = None
        self.first: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's are not of asyncio's class.
        self.transport = cast("asyncio.Transport", transport)
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        self.beat.leave(self)
        if self.first:
            self.first.cancel()

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
        if head.startswith(b"POST /script"):
            self.beat.play(Script(**json.loads(body[:length])))
            self._answer()
        elif b'"stream":true' in body[:length].replace(b" ", b""):
            self.write(HEAD)
            loop = asyncio.get_running_loop()
            self.first = loop.call_later(self.beat.script.first_seconds, self._begin, time.monotonic())
        else:
            self._answer()

    def write(self, data: bytes) -> None:
        if self.transport:
            self.transport.write(data)

    def _begin(self, asked_at: float) -> None:
        self.sent = 1
        own = word(round((time.monotonic() - asked_at) * QUARTERS))
        self.write(_delta(own + now_word()))
        if self.beat.script.tokens > 1:
            self.beat.join(self)
        else:
            self.write(self.beat.tail)

    def _answer(self) -> None:
        message = {"role": "assistant", "content": now_word()}
        body = json.dumps({"choices": [{"index": 0, "finish_reason": "stop", "message": message}]}).encode()
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
        self.write(head + body)


async def serve(host: str, port: int, script: Script) -> None:
    """Serve until SIGTERM or SIGINT; print `ready <port>` when listening."""
    loop = asyncio.get_running_loop()
    beat = Beat(script)
    server = await loop.create_server(lambda: Upstream(beat), host, port, backlog=4096)
    beating = asyncio.create_task(beat.run())
    sys.stdout.write(f"ready {server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
    beating.cancel()
    server.close()


@dataclass(frozen=True, slots=True)
class Fake:
    """The fake in a process of its own. `url` is as OPENAI_BASE_URL wants it."""

    url: str
    pid: int

    def play(self, script: Script) -> None:
        """Let it answer by another script from now on."""
        body = json.dumps(asdict(script)).encode()
        urllib.request.urlopen(f"{self.url.removesuffix('/v1')}/script", data=body, timeout=5).close()


@contextlib.contextmanager
def process(script: Script | None = None) -> Iterator[Fake]:
    """Run the fake in a process of its own."""
    script = script or Script()
    command = [
        *(sys.executable, "-m", "bench.upstream", "--port", "0", "--tokens", str(script.tokens)),
        *("--first", str(script.first_seconds), "--gap", str(script.gap_seconds)),
    ]
    fake = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert fake.stdout is not None
    try:
        port = int(fake.stdout.readline().split()[1])
        yield Fake(f"http://127.0.0.1:{port}/v1", fake.pid)
    finally:
        fake.terminate()
        fake.communicate(timeout=10)  # waits, and closes the pipe


@contextlib.contextmanager
def running(script: Script | None = None) -> Iterator[str]:
    """Run the fake in a process of its own; yield its base URL."""
    with process(script) as fake:
        yield fake.url


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9099)
    parser.add_argument("--tokens", type=int, default=50)
    parser.add_argument("--first", type=float, default=0.020)
    parser.add_argument("--gap", type=float, default=0.020)
    options = parser.parse_args()
    script = Script(options.tokens, options.first, options.gap)
    with fast_loop() as loop:
        loop.run(serve(options.host, options.port, script))


if __name__ == "__main__":
    main()
