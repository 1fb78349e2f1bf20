"""A whole park on loopback: real server, worker, beat, database file and, if asked, the embedded model."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PASSWORD = "a lantern in the snow 9"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


@dataclass
class Park:
    """The running processes and how to reach them."""

    url: str
    env: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    logs: Path = Path()

    def manage(self, *args: str, timeout: int = 180) -> str:
        """Run one management command against the park's database and return what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *args],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert done.returncode == 0, f"{args}: {done.stdout[-2000:]}{done.stderr[-4000:]}"
        return done.stdout

    def start(self, name: str, *command: str) -> None:
        log = (self.logs / f"{name}.log").open("ab")
        self.processes[name] = subprocess.Popen(
            command, cwd=ROOT, env=self.env, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
        log.close()

    def stop(self, name: str, sig: int = signal.SIGTERM) -> None:
        process = self.processes.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, sig)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=5)

    def wait_for(self, path: str, seconds: float = 60, *, base: str | None = None) -> None:
        deadline = time.monotonic() + seconds
        while True:
            if _answers((base or self.url) + path):
                return
            for name, process in self.processes.items():
                assert process.poll() is None, f"{name} ended: {self.tail(name)}"
            assert time.monotonic() < deadline, f"{path} did not answer in {seconds} s: {self.tail('web')}"
            time.sleep(0.2)

    def tail(self, name: str) -> str:
        path = self.logs / f"{name}.log"
        return path.read_text(errors="replace")[-3000:] if path.exists() else ""


@contextlib.contextmanager
def open_park(var: Path, *, embedded: bool, **settings: str) -> Iterator[Park]:
    """Start everything `make up` starts, in `var`, and end it all afterwards; `settings` are its environment."""
    port, model_port = free_port(), free_port()
    env = {
        **{key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "REDIS_URL"}},
        "SECRET_KEY": "only-for-tests-0123456789-0123456789-0123456789-abcdef",
        "DEMO_PASSWORD": PASSWORD,
        "VAR_DIR": str(var),
        "DATABASE_URL": f"sqlite:///{var / 'park.sqlite3'}",
        "CELERY_BROKER_URL": "filesystem://",
        "SITE_URL": f"http://127.0.0.1:{port}",
        "PORT": str(port),
        "MODEL_SERVER_PORT": str(model_port),
        "PYTHONWARNINGS": "default",
        "LOG_LEVEL": "INFO",
    }
    if not embedded:
        env["CHAT_MODEL_BACKEND"] = "companion_site.providers.fake.FakeChatModel"
    env |= settings
    park = Park(url=f"http://127.0.0.1:{port}", env=env, logs=var)
    try:
        park.manage("migrate", "--verbosity", "0")
        park.manage("messages", "compile")
        park.manage("collectstatic", "--noinput", "--verbosity", "0")
        park.manage("seed_demo")
        if embedded:
            park.start("model", sys.executable, "manage.py", "serve_model")
        park.start(
            "web",
            *(sys.executable, "-m", "uvicorn", "companion_site.asgi:application"),
            *("--host", "127.0.0.1", "--port", str(port), "--ws", "none", "--no-access-log", "--lifespan", "off"),
        )
        park.start(
            "worker", *(sys.executable, "-m", "celery", "-A", "companion_site", "worker", "-P", "solo", "-l", "INFO")
        )
        park.start("beat", *(sys.executable, "-m", "celery", "-A", "companion_site", "beat", "-l", "WARNING"))
        park.wait_for("/readyz")
        if embedded:
            park.wait_for("/health", 120, base=f"http://127.0.0.1:{model_port}")
        yield park
    finally:
        for name in list(park.processes):
            park.stop(name)
