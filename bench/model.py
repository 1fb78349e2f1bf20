"""What the embedded model does on this machine: first token from a warm and a cold prefix, speed, memory."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "companion_site.settings")

import psutil

from companion_site.providers.base import ChatMessage, Sampling
from companion_site.providers.openai_compatible import OpenAICompatibleChatModel, Patience

PERSONA = "你是雪山上守着一间小客栈的剑客，话很少，心很软。店里有热茶和旧炉子，窗外总在下雪。" * 12
ASKED = ("这么大的雪，能让我避一避吗？", "你一个人在这里多久了？", "我今天很难过。", "能给我讲讲那把剑吗？")


def run() -> dict[str, dict[str, object]]:
    """Measure; return the entries of `bench/results.json`."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "manage.py", "serve_model"], env={**os.environ, "MODEL_SERVER_PORT": str(port)}
    )  # noqa: S603, E501
    try:
        _wait_for(f"http://127.0.0.1:{port}/health")
        return asyncio.run(_measure(f"http://127.0.0.1:{port}/v1", psutil.Process(server.pid)))
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wait_for(url: str) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError("the model server does not answer; run `manage.py fetch_models`")


async def _measure(url: str, server: psutil.Process) -> dict[str, dict[str, object]]:
    model = OpenAICompatibleChatModel("embedded", base_url=url, dialect="llama", patience=Patience(first_token=120.0))
    cold, _, _ = await _ask(model, ASKED[0])
    turns = [await _ask(model, words) for words in ASKED[1:]]
    await model.aclose()
    tokens = sum(count for _, count, _ in turns)
    seconds = sum(spent for _, _, spent in turns)
    load = f"load {os.getloadavg()[0]:.1f}"
    return {
        "embedded_first_token_cold_s": _entry(
            cold, "s", f"{len(PERSONA)} Han characters of persona, never read before; {load}"
        ),
        "embedded_first_token_warm_s": _entry(
            min(t[0] for t in turns), "s", f"the same persona, another question; {load}"
        ),
        "embedded_tokens_per_s": _entry(tokens / seconds, "tokens/s", f"one reply at a time; {load}"),
        "embedded_rss_mb": _entry(server.memory_info().rss / 1e6, "MB", "model server after these replies"),
    }


async def _ask(model: OpenAICompatibleChatModel, words: str) -> tuple[float, int, float]:
    prompt = [ChatMessage("system", PERSONA), ChatMessage("user", words)]
    started = time.monotonic()
    first = 0.0
    tokens = 0
    async for chunk in model.stream(prompt, Sampling(max_tokens=60, temperature=0.7, seed=1)):
        first = first or time.monotonic() - started
        tokens = chunk.completion_tokens or tokens
    return first, tokens, time.monotonic() - started - first


def _entry(value: float, unit: str, detail: str) -> dict[str, object]:
    return {"value": round(value, 2), "unit": unit, "detail": detail}
