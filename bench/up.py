"""How long `make up` takes to a served page: the first time in a fresh clone, and the second time there."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LONGEST_SECONDS = 900.0


def run() -> dict[str, dict[str, object]]:
    """Measure; return the entries of `bench/results.json`."""
    with tempfile.TemporaryDirectory(prefix="cardia-bench-") as folder:
        clone = Path(folder) / "cardia"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)  # noqa: S603, S607
        models = _warm_models(Path(folder) / "models")
        environ = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        environ |= {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
        environ |= {"PIP_NO_CACHE_DIR": "1", "MODEL_CACHE_DIR": str(Path(folder) / "models"), "OLLAMA_URL": ""}
        first = _seconds_to_a_page(clone, environ)
        second = _seconds_to_a_page(clone, environ)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    busy = f"{cores} cores, load {os.getloadavg()[0]:.1f}"
    return {
        "up_first_s": _entry(first, f"fresh clone, packages downloaded anew, {models}; {busy}"),
        "up_second_s": _entry(second, f"make up again in the same clone; {busy}"),
    }


def _entry(seconds: float, detail: str) -> dict[str, object]:
    return {"value": round(seconds, 1), "unit": "s", "detail": detail}


def _warm_models(target: Path) -> str:
    """Copy the installed model, so that the network's speed is not measured with it; say what was done."""
    cache = Path(os.environ.get("MODEL_CACHE_DIR") or Path.home() / ".cache" / "cardia" / "models")
    if not any(cache.glob("*.verified")):
        return "model downloaded anew"
    # copytree keeps the times, and with them the stamps.
    shutil.copytree(cache, target)
    return "model there already"


def _seconds_to_a_page(clone: Path, environ: dict[str, str]) -> float:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    started = time.monotonic()
    with (clone / "up.log").open("wb") as log:
        up = subprocess.Popen(  # noqa: S603
            ["make", "up"],  # noqa: S607
            cwd=clone,
            env={**environ, "PORT": str(port)},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            while time.monotonic() - started < LONGEST_SECONDS:
                if up.poll() is not None:
                    break
                if _serves(f"http://127.0.0.1:{port}/"):
                    return time.monotonic() - started
                time.sleep(0.05)
            raise RuntimeError(f"make up serves no page:\n{(clone / 'up.log').read_text()[-3000:]}")
        finally:
            os.killpg(up.pid, signal.SIGINT)
            up.wait(timeout=60)


def _serves(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=20) as page:  # noqa: S310
            return bool(page.status == 200 and page.read(100))
    except (urllib.error.URLError, OSError):
        return False
