"""What the chat adds to a model's answer: time to the first word, CPU a token, memory.

A real uvicorn process with a real database, real sign-ins, entitlements, guard and prompt assembly, against the
fake upstream (first token after 20 ms, then 50 tokens 20 ms apart). The time counts from the moment the fan's
message leaves to the first words in the event stream, minus the upstream's own 20 ms.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles

import psutil

from bench import upstream
from bench.browser import PASSWORD, Browser, Heard

FANS = 50
TURNS_ALONE = 40
TURNS_EACH = 6
SCRIPT = upstream.Script()
# Nothing here is a strong feeling: a reflex would answer before the model and flatter the figure.
MESSAGES = ("今晚的雪好大", "你在做什么", "我路过，进来坐坐", "山下的镇子还亮着灯", "这碗粥是给我的？", "明早还下吗")


def run() -> dict[str, dict[str, object]]:
    """Measure; return the entries of `bench/results.json`."""
    with tempfile.TemporaryDirectory(prefix="cardia-bench-") as folder, upstream.running(SCRIPT) as url:
        env = _environment(Path(folder), url)
        rooms = json.loads(subprocess.check_output([sys.executable, "-m", "bench.park", str(FANS)], env=env))
        with _server(env) as (port, process):
            return asyncio.run(_measure(port, process, rooms))


async def _measure(port: int, process: psutil.Process, rooms: list[dict[str, str]]) -> dict[str, dict[str, object]]:
    fans = [await _enter(Browser(port, f"127.0.0.{number + 1}"), room) for number, room in enumerate(rooms)]
    for number in range(5):
        await _turn(*fans[0], number)
    alone = [await _turn(*fans[0], number) for number in range(TURNS_ALONE)]
    cpu = sum(process.cpu_times()[:2])
    together = await asyncio.gather(*(_visit(*fan, number) for number, fan in enumerate(fans)))
    cpu = sum(process.cpu_times()[:2]) - cpu
    turns = [turn for visit in together for turn in visit]
    tokens = len(turns) * SCRIPT.tokens
    lost = sum(not heard.has_ended for _, heard in turns)
    waits = sorted(wait for wait, _ in turns)
    what = f"{FANS} chats at once, {TURNS_EACH} turns each, {lost} lost"
    return {
        "chat_added_ttft_ms_1_p50": _entry(_percentile(sorted(w for w, _ in alone), 50), "ms", f"{TURNS_ALONE} turns"),
        "chat_added_ttft_ms_50_p99": _entry(_percentile(waits, 99), "ms", f"{what}; p50 {_percentile(waits, 50):.1f}"),
        "chat_cpu_us_per_token": _entry(cpu / tokens * 1e6, "us", f"{what}; whole turns, {SCRIPT.tokens} tokens each"),
        "web_rss_mb": _entry(process.memory_info().rss / 2**20, "MB", f"web process after {what}"),
    }


async def _enter(browser: Browser, room: dict[str, str]) -> tuple[Browser, str]:
    await browser.sign_in(room["email"], PASSWORD)
    path = f"/chat/{room['chat']}/"
    answer = await browser.get(path)
    if answer.status != 200:
        raise RuntimeError(f"the chat page answered {answer.status}")
    return browser, path


async def _visit(browser: Browser, path: str, number: int) -> list[tuple[float, Heard]]:
    # Fans do not press send in the same instant; over one reply's length they are spread evenly.
    await asyncio.sleep(number / FANS * SCRIPT.tokens * SCRIPT.gap_seconds)
    return [await _turn(browser, path, number + turn) for turn in range(TURNS_EACH)]


async def _turn(browser: Browser, path: str, number: int) -> tuple[float, Heard]:
    """Send a message and hear the whole reply; return the added milliseconds to its first words."""
    began = time.perf_counter()
    fields = {"text": MESSAGES[number % len(MESSAGES)], "client_id": uuid.uuid4().hex}
    answer = await browser.post(f"{path}messages/", fields, fragment=True)
    found = re.search(rb"/chat/replies/[0-9a-f-]+/stream/", answer.body)
    if answer.status != 200 or found is None:
        raise RuntimeError(f"sending answered {answer.status}: {answer.body[:300]!r}")
    heard = await browser.listen(found[0].decode())
    return (heard.first_at - began - SCRIPT.first_seconds) * 1000, heard


def _percentile(values: list[float], percent: int) -> float:
    return quantiles(values, n=100, method="inclusive")[percent - 1]


def _entry(value: float, unit: str, detail: str) -> dict[str, object]:
    return {"value": round(value, 1), "unit": unit, "detail": detail}


def _environment(folder: Path, url: str) -> dict[str, str]:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "companion_site.settings",
        "SECRET_KEY": "only-for-the-bench-0123456789-0123456789-0123456789",
        "VAR_DIR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder / 'bench.sqlite3'}",
        "REDIS_URL": "",
        "OPENAI_BASE_URL": url,
        "OPENAI_API_KEY": "bench",
        "CHAT_TURNS_PER_MINUTE": "10000",
        "EMAIL_URL": "dummymail://",
        "LOG_LEVEL": "WARNING",
    }


@contextmanager
def _server(env: dict[str, str]) -> Iterator[tuple[int, psutil.Process]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    subprocess.run([sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"], env=env, check=True)
    command = [sys.executable, "-m", "uvicorn", "companion_site.asgi:application", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--ws", "none", "--no-access-log", "--log-level", "warning"]
    process = subprocess.Popen(command, env=env)
    try:
        _wait_for(port)
        yield port, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(timeout=15)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server did not start")


def main() -> None:
    sys.stdout.write(json.dumps(run(), indent=1) + "\n")


if __name__ == "__main__":
    main()
