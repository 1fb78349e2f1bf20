"""A real server, killed in mid-reply: what was said stays, the turn is closed, the fan goes on."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

from bench import upstream
from bench.browser import PASSWORD, Browser
from companion_site.tests.require import need

REDIS_URL = os.environ.get("REDIS_URL") or "redis://127.0.0.1:6379/14"
# Two hundred tokens, 100 ms apart: twenty seconds to be killed in.
SLOW = upstream.Script(tokens=200, gap_seconds=0.1)


def redis_answers() -> bool:
    try:
        return bool(Redis.from_url(REDIS_URL, socket_connect_timeout=0.5).ping())
    except (RedisError, OSError):
        return False


class Server:
    """One uvicorn process at a time, on one port and one database."""

    def __init__(self, folder: Path, model_url: str, redis_url: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.database = folder / "killed.sqlite3"
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
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "uvicorn", "companion_site.asgi:application", "--port", str(self.port)]
        self.process = subprocess.Popen(
            [*command, "--ws", "none", "--log-level", "error"], env=self.env, cwd=settings.BASE_DIR
        )
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError("the server did not start")

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def reply(self) -> tuple[str, str, str]:
        """Return text, status and error of the newest reply, as another process reads them."""
        with sqlite3.connect(self.database) as connection:
            rows = connection.execute(
                "SELECT text, status, error FROM chat_message WHERE role='character' ORDER BY id DESC LIMIT 1"
            )
            return rows.fetchone()


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.redis)])
def server(request, tmp_path):
    if request.param == "redis":
        need(redis_answers(), f"no Redis at {REDIS_URL}")
    with upstream.running(SLOW) as model_url:
        server = Server(tmp_path, model_url, REDIS_URL if request.param == "redis" else "")
        yield server
        if server.process is not None and server.process.poll() is None:
            server.process.terminate()
            server.process.wait(timeout=15)


@pytest.mark.up
def test_a_killed_server_keeps_the_words_and_lets_the_fan_go_on(server):
    (room,) = json.loads(subprocess.check_output([sys.executable, "-m", "bench.park", "1"], env=server.env))
    server.start()
    asyncio.run(_story(server, room))


async def _has_said(server: Server, *, characters: int) -> None:
    """Wait until so much of the reply has been kept; a busy machine takes its time for the first word."""
    deadline = time.monotonic() + 30
    while len(server.reply()[0]) < characters:
        assert time.monotonic() < deadline, "the server said nothing"
        await asyncio.sleep(0.1)


async def _story(server: Server, room: dict[str, str]) -> None:
    fan = Browser(server.port)
    await fan.sign_in(room["email"], PASSWORD)
    path = f"/chat/{room['chat']}/"
    await fan.post(f"{path}messages/", {"text": "今晚的雪好大", "client_id": "client-0001"}, fragment=True)
    await _has_said(server, characters=5)

    server.kill()
    said, status, _ = server.reply()
    server.start()
    await fan.close()
    # The stream waits for the dead job's heartbeat to grow old, closes the reply and ends.
    page = (await fan.get(path)).body.decode()
    stream = page.split("/chat/replies/")[1].split("/stream/")[0]
    heard = await asyncio.wait_for(fan.listen(f"/chat/replies/{stream}/stream/"), 60)
    kept, ended, error = server.reply()
    again = await fan.post(f"{path}messages/", {"text": "还在吗", "client_id": "client-0002"}, fragment=True)

    await fan.close()
    assert status == "streaming"
    assert len(said) >= 5
    assert not heard.has_ended
    assert (kept, ended, error) == (said, "interrupted", "reply_cut_off")
    assert again.status == 200
