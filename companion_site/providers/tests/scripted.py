"""A model server that says exactly what a test scripts, byte by byte, from a thread on the loopback."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

Step = bytes | float


def event(payload: object) -> bytes:
    return f"data: {json.dumps(payload, ensure_ascii=False)}\n\n".encode()


def token(text: str, finish: str | None = None) -> bytes:
    return event({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]})


def stop(finish: str = "stop") -> bytes:
    return event({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})


DONE = b"data: [DONE]\n\n"


def stream(*steps: Step) -> list[Step]:
    """A 200 whose body ends when the server hangs up."""
    return [b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n", *steps]


def cut_stream(*steps: bytes) -> list[Step]:
    """A chunked 200 that breaks off in the middle of a chunk."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    body = b"".join(steps)
    return [head, b"%x\r\n%s\r\n" % (len(body), body), b"ff\r\nhalf a chu"]


def answer(payload: object, status: str = "200 OK") -> list[Step]:
    body = json.dumps(payload).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return [head.encode(), body]


def completion(text: str) -> list[Step]:
    return answer({"choices": [{"index": 0, "finish_reason": "stop", "message": {"content": text}}]})


@dataclass
class ScriptedServer:
    """Answers each request with the next script, the last one again and again."""

    scripts: Sequence[Sequence[Step]]
    url: str = ""
    requests: list[dict[str, object]] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    hung_up: threading.Event = field(default_factory=threading.Event)

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            received = b""
            while b"\r\n\r\n" not in received:
                received += connection.recv(65536)
            head, _, body = received.partition(b"\r\n\r\n")
            length = next(
                (
                    int(line.split(b":")[1])
                    for line in head.split(b"\r\n")
                    if line.lower().startswith(b"content-length")
                ),
                0,
            )
            while len(body) < length:
                body += connection.recv(65536)
            script = self.scripts[min(len(self.requests), len(self.scripts) - 1)]
            self.headers.append(head.decode())
            self.requests.append(json.loads(body) if body else {})
            try:
                for step in script:
                    if isinstance(step, float):
                        time.sleep(step)
                    else:
                        connection.sendall(step)
            except OSError:
                self.hung_up.set()


@contextlib.contextmanager
def serving(*scripts: Sequence[Step]) -> Iterator[ScriptedServer]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = ScriptedServer(scripts, url=f"http://127.0.0.1:{listener.getsockname()[1]}/v1")
        thread = threading.Thread(target=server.serve, args=(listener,), daemon=True)
        thread.start()
        yield server
        listener.shutdown(socket.SHUT_RDWR)
