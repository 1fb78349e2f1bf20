"""A real server in a process of its own, for tests that kill it, crowd it or send it away."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

from bench.browser import Browser

REDIS_URL = os.environ.get("TEST_REDIS_URL") or "redis://127.0.0.1:6379/14"
# A busy machine takes its time; nothing here is a measurement.
PATIENCE = 60.0


def redis_answers(url: str = REDIS_URL) -> bool:
    try:
        return bool(Redis.from_url(url, socket_connect_timeout=0.5).ping())
    except (RedisError, OSError):
        return False


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Server:
    """One server process at a time, on one port and one database."""

    def __init__(self, folder: Path, model_url: str, redis_url: str = "", **env: str) -> None:
        self.port = free_port()
        self.database = folder / "server.sqlite3"
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("COV_")},
            "DJANGO_SETTINGS_MODULE": "companion_site.settings",
            "SECRET_KEY": "only-for-tests-0123456789-0123456789-0123456789",
            "VAR_DIR": str(folder),
            "DATABASE_URL": f"sqlite:///{self.database}",
            "REDIS_URL": redis_url,
            "OPENAI_BASE_URL": model_url,
            "OPENAI_API_KEY": "test",
            "CHAT_CHECKPOINT_SECONDS": "0.3",
            "LOG_LEVEL": "ERROR",
            "DEBUG": "1",  # static files as they lie, without collecting them first
            "PORT": str(self.port),
            "HOST": "127.0.0.1",
            "WEB_CONCURRENCY": "1",
            **env,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def furnish(self, fans: int) -> list[dict[str, str]]:
        """Fill the database with fans in a chat each, and return who they are."""
        made = subprocess.check_output([sys.executable, "-m", "bench.park", str(fans)], env=self.env)
        rooms: list[dict[str, str]] = json.loads(made)
        return rooms

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "companion_site.serving"], env=self.env, cwd=settings.BASE_DIR
        )
        wait_until(self._listens, "the server did not start")

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def terminate(self) -> None:
        """Ask it to stop, and return at once."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)

    def end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.kill()

    def rows(self, query: str, *values: object) -> list[tuple]:
        """Return what another process reads from the database."""
        with sqlite3.connect(self.database, timeout=10) as connection:
            return connection.execute(query, values).fetchall()

    def replies(self) -> list[tuple[str, str, str]]:
        """Return text, status and error of all replies, the newest first."""
        return self.rows(
            "SELECT text, status, error FROM chat_message "
            "WHERE role='character' AND parent_id IS NOT NULL ORDER BY id DESC"
        )

    def reply(self) -> tuple[str, str, str]:
        return self.replies()[0]


def visitor(server: Server, room: dict[str, str]) -> Browser:
    """Return a browser that is signed in as the fan of this room."""
    return Browser(server.port, cookies={"sessionid": room["session"], "csrftoken": room["csrf"]})


def stream_in(page: bytes) -> str:
    """Return the address of the stream that a piece of page follows."""
    found = re.search(r"/chat/replies/[0-9a-f-]{36}/stream/", page.decode())
    assert found is not None, "nothing is being said"
    return found[0]


def wait_until(condition, complaint: str, seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, complaint
        time.sleep(0.05)


class RawReader:
    """A socket that asks for a page or a stream and reads only when told to."""

    def __init__(self, server: Server, path: str, *, cookie: str = "", last_id: str = "", buffer: int = 0) -> None:
        self.socket = socket.socket()
        if buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(("127.0.0.1", server.port))
        lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{server.port}", "Accept: text/event-stream"]
        lines += [f"Cookie: sessionid={cookie}"] if cookie else []
        lines += [f"Last-Event-ID: {last_id}"] if last_id else []
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self.heard = b""

    def read_until(self, words: bytes) -> bytes:
        """Read until `words` came, or the end; return all that was heard."""
        while words not in self.heard:
            piece = self.socket.recv(65536)
            if not piece:
                break
            self.heard += piece
        return self.heard

    def read_all(self) -> bytes:
        """Read to the end of the connection, however it ends."""
        with suppress(ConnectionError):
            self.read_until(b"\0 never said")
        return self.heard

    @property
    def status(self) -> int:
        return int(self.read_until(b"\r\n").split(b" ", 2)[1])

    @property
    def last_id(self) -> str:
        ids = re.findall(rb"^id: (\S+)$", self.heard, re.MULTILINE)
        return ids[-1].decode() if ids else ""

    @property
    def said(self) -> str:
        """The text that the events so far leave on show."""
        text = ""
        for event, data in re.findall(rb"event: (\w+)\ndata: (.*)\n", self.heard):
            payload = json.loads(data)
            if event == b"delta":
                text += payload["t"]
            elif event in (b"start", b"replaced", b"done"):
                text = payload["text"]
        return text

    def __enter__(self) -> RawReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()
