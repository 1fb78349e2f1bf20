"""`make up`, piece by piece, and once as a whole."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx2
import psutil
import pytest
from django.conf import settings

from companion_site.core.ports import free_port, is_free
from companion_site.management.banner import Doors, text_of
from companion_site.management.environment import ensure_env
from companion_site.management.running import AlreadyRunning, Running, hold, running

ROOT = settings.BASE_DIR


def wait_until(condition, seconds=10.0):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.05)
    return bool(condition())


# --- .env -----------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch):
    for name in ("SECRET_KEY", "DEMO_PASSWORD", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)


def test_a_new_env_file_has_two_secrets_and_is_private(tmp_path):
    path = tmp_path / ".env"

    added = ensure_env(path)

    values = dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)
    assert added == ["SECRET_KEY", "DEMO_PASSWORD"]
    assert (len(values["SECRET_KEY"]), len(values["DEMO_PASSWORD"])) == (67, 14)
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_the_user_has_stays(tmp_path):
    path = tmp_path / ".env"
    path.write_text("# mine\nexport SECRET_KEY=chosen-by-me\nPORT=9000")

    added = ensure_env(path)

    assert added == ["DEMO_PASSWORD"]
    assert path.read_text().startswith("# mine\nexport SECRET_KEY=chosen-by-me\nPORT=9000\nDEMO_PASSWORD=")


def test_a_second_run_changes_nothing(tmp_path):
    path = tmp_path / ".env"
    ensure_env(path)
    before = path.read_bytes()

    added = ensure_env(path)

    assert (added, path.read_bytes()) == ([], before)


def test_an_empty_value_is_no_value(tmp_path):
    path = tmp_path / ".env"
    path.write_text("SECRET_KEY=\nDEMO_PASSWORD=x\n")

    assert ensure_env(path) == ["SECRET_KEY"]


def test_nothing_is_written_over_what_the_environment_gives(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "from outside")
    monkeypatch.setenv("DEMO_PASSWORD", "from outside")

    assert ensure_env(tmp_path / ".env") == []

    assert not (tmp_path / ".env").exists()


# --- ports ----------------------------------------------------------------------------


def test_the_next_free_port_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken = listener.getsockname()[1]

        found = free_port("127.0.0.1", taken)

        assert not is_free("127.0.0.1", taken)
        assert found > taken
        assert is_free("127.0.0.1", found)


def test_a_port_promised_to_another_is_left_out():
    port = free_port("127.0.0.1", 18600)

    assert free_port("127.0.0.1", port, taken={port}) > port


def test_no_free_port_is_said_plainly():
    with pytest.raises(OSError, match="Set PORT to another one"):
        free_port("127.0.0.1", 65536)


# --- the lock -------------------------------------------------------------------------


def test_an_installation_runs_once(tmp_path):
    with hold(tmp_path) as tell:
        tell(Running(77, "http://127.0.0.1:8000"))

        with pytest.raises(AlreadyRunning, match="http://127.0.0.1:8000 \\(process 77\\)"), hold(tmp_path):
            pass
        assert running(tmp_path) == Running(77, "http://127.0.0.1:8000")

    assert running(tmp_path) is None


def test_a_park_that_never_opened_does_not_run(tmp_path):
    assert running(tmp_path) is None


# --- processes ------------------------------------------------------------------------

MANAGER = """
import sys
from pathlib import Path
from companion_site.management.processes import Processes
if __name__ == "__main__":
    processes = Processes(lambda: print("all started", flush=True))
    for number, command in enumerate(sys.argv[1:]):
        processes.add(f"p{number}", command, {"PATH": "/usr/bin:/bin"}, Path.cwd())
    sys.exit(processes.run())
"""


@contextmanager
def managed(*commands):
    """Run commands under the manager in a process of its own; give it and all its descendants."""
    manager = subprocess.Popen([sys.executable, "-c", MANAGER, *commands], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    family = []
    try:
        for line in manager.stdout:
            if "all started" in line:
                break
        wait_until(lambda: len(psutil.Process(manager.pid).children(recursive=True)) >= 2 * len(commands), 3.0)
        family = psutil.Process(manager.pid).children(recursive=True) if manager.poll() is None else []
        yield manager, family
    finally:
        manager.kill()
        manager.stdout.close()
        manager.wait()
        for process in family:
            if process.is_running():
                process.kill()


def are_gone(family):
    return not [p for p in family if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)])
def test_a_signal_ends_every_process(number, status):
    with managed("exec sleep 60", "exec sleep 60") as (manager, family):
        manager.send_signal(number)

        assert manager.wait(timeout=10) == status
        assert len(family) == 4
        assert wait_until(lambda: are_gone(family))


def test_the_end_of_one_is_the_end_of_all():
    with managed("exec sleep 60", "sleep 1; exit 7") as (manager, family):
        assert manager.wait(timeout=10) == 7
        assert wait_until(lambda: are_gone(family))


def test_a_group_left_behind_by_its_leader_is_swept():
    with managed("sleep 61 & exec sleep 60", "exec sleep 60") as (manager, family):
        manager.send_signal(signal.SIGTERM)

        manager.wait(timeout=20)
        assert wait_until(lambda: are_gone(family))


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel tells children of their parent's death on Linux only")
def test_nobody_outlives_a_manager_that_was_killed():
    with managed("exec sleep 60", "exec sleep 60") as (manager, family):
        manager.kill()

        assert wait_until(lambda: are_gone(family))


# --- the banner -----------------------------------------------------------------------


def test_the_banner_says_where_who_and_what():
    text = text_of(Doors("http://127.0.0.1:8001", "k7mq-x2fd-9wrh", lambda: "Qwen2.5"))

    for wanted in ("http://127.0.0.1:8001", "k7mq-x2fd-9wrh", "Qwen2.5", "fan@cardia.example", "admin@cardia.example"):
        assert wanted in text


# --- the whole ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    """The environment of a fresh installation in a folder of its own, which a neighbour's model answers."""
    folder = tmp_path_factory.mktemp("park")
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "SECRET_KEY": "only-for-this-test-0123456789-0123456789-0123456789",
        "DEMO_PASSWORD": "k7mq-x2fd-9wrh",
        "VAR_DIR": str(folder / "var"),
        "DATABASE_URL": f"sqlite:///{folder / 'park.sqlite3'}",
        "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
        "OLLAMA_URL": "",
    }


@contextmanager
def an_open_park(environ):
    """Run `manage.py up` until it serves; give its process, its family and its address."""
    port = free_port("127.0.0.1", 18700)
    url = f"http://127.0.0.1:{port}"
    log = (Path(environ["HOME"]) / "up.log").open("w+")
    up = subprocess.Popen(
        [sys.executable, "manage.py", "up"], cwd=ROOT, env={**environ, "PORT": str(port)}, stdout=log, stderr=log
    )
    family = []
    try:
        assert wait_until(lambda: answers(f"{url}/readyz") or up.poll() is not None, 120.0)
        assert up.poll() is None, (log.seek(0), log.read())[1]
        # web, worker and its pool, beat, and a go-between for each of the three
        assert wait_until(lambda: len(psutil.Process(up.pid).children(recursive=True)) >= 7, 30.0)
        family = psutil.Process(up.pid).children(recursive=True)
        yield up, family, url
    finally:
        up.kill()
        up.wait()
        log.close()
        for process in family:
            if process.is_running():
                process.kill()


def answers(url):
    try:
        return httpx2.get(url, timeout=2.0).is_success
    except httpx2.HTTPError:
        return False


@pytest.mark.up
def test_the_park_opens_serves_and_closes_without_a_trace(installation):
    with an_open_park(installation) as (up, family, url):
        page = httpx2.get(f"{url}/", timeout=20.0, follow_redirects=True)
        listening = {
            connection.laddr.ip
            for process in family
            for connection in process.net_connections(kind="inet")
            if connection.status == psutil.CONN_LISTEN
        }
        second = subprocess.run(
            [sys.executable, "manage.py", "up"], cwd=ROOT, env=installation, capture_output=True, text=True, timeout=60
        )
        up.send_signal(signal.SIGINT)

        assert up.wait(timeout=30) == 130
        assert wait_until(lambda: are_gone(family))
    assert page.status_code == 200
    assert "Cardia" in page.text
    assert listening == {"127.0.0.1"}
    assert second.returncode == 1
    assert f"This park is open already: {url}" in second.stderr


@pytest.mark.up
def test_the_end_of_beat_is_the_end_of_the_park(installation):
    with an_open_park(installation) as (up, family, _):
        beat = next(p for p in family if "beat" in p.cmdline() and "celery" in " ".join(p.cmdline()))
        beat.kill()

        assert up.wait(timeout=30) != 0
        assert wait_until(lambda: are_gone(family))


@pytest.mark.up
def test_a_second_preparation_finds_nothing_to_do(installation):
    prepared = subprocess.run(
        [sys.executable, "manage.py", "up", "--prepare"], cwd=ROOT, env=installation, capture_output=True, text=True
    )

    second = subprocess.run(
        [sys.executable, "manage.py", "up", "--prepare"], cwd=ROOT, env=installation, capture_output=True, text=True
    )

    assert (prepared.returncode, prepared.stderr) == (0, "")
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")


@pytest.mark.up
@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("PORT", "eighty", "PORT is 'eighty': set it to a number from 1 to 65535."),
        ("DATABASE_URL", "postgres://nobody@127.0.0.1:9/none", "Check DATABASE_URL"),
    ],
)
def test_a_wrong_setting_is_one_plain_line(installation, variable, value, said):
    done = subprocess.run(
        [sys.executable, "manage.py", "up"],
        cwd=ROOT,
        env={**installation, variable: value},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
