"""The lock that lets an installation run once, and what the running one says of itself."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

LOCK_NAME = "up.lock"


@dataclass(frozen=True, slots=True)
class Running:
    """A park that is open, or about to be (`url` is empty until its doors are)."""

    pid: int
    url: str = ""
    model_health_url: str = ""


class AlreadyRunning(Exception):
    """Another process holds the lock; `running` says which."""

    def __init__(self, running: Running) -> None:
        self.running = running
        super().__init__(f"This park is open already: {running.url or 'it is just opening'} (process {running.pid}).")


@contextmanager
def hold(folder: Path) -> Iterator[Callable[[Running], None]]:
    """Hold the lock; give a function that writes down how the park runs. Raises `AlreadyRunning`.

    Two workers and two beats over one database would do everything twice.
    """
    with (folder / LOCK_NAME).open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise AlreadyRunning(_read(folder)) from exc

        def tell(running: Running) -> None:
            lock.truncate(0)
            lock.write(json.dumps(asdict(running)))
            lock.flush()

        yield tell


def running(folder: Path) -> Running | None:
    """Return what the park that runs over this folder says of itself, None when none runs."""
    try:
        with (folder / LOCK_NAME).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(folder)
    except FileNotFoundError:
        return None
    return None


def _read(folder: Path) -> Running:
    try:
        return Running(**json.loads((folder / LOCK_NAME).read_text()))
    except (OSError, ValueError, TypeError):
        return Running(pid=0)
