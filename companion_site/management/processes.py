"""Runs the processes of the Procfile together: all of them or none, and no orphans."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

from honcho import manager
from honcho.compat import ProcessManager
from honcho.environ import parse_procfile
from honcho.manager import Manager
from honcho.printer import Printer
from honcho.process import Popen, Process

PR_SET_PDEATHSIG = 1
# A worker may hold a task of some seconds; honcho's own patience is five.
KILL_SECONDS = 12
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def commands(procfile: Path) -> dict[str, str]:
    """Return the Procfile's commands by process name, in order."""
    return dict(parse_procfile(procfile.read_text(encoding="utf-8")).processes)


def _die_with_parent(number: int = signal.SIGTERM) -> None:
    """Ask the kernel for a signal when the parent dies, however it dies (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)


class TiedPopen(Popen):  # type: ignore[misc]
    def __init__(self, cmd: str, **kwargs: Any) -> None:
        super().__init__(cmd, preexec_fn=_die_with_parent, **kwargs)


class TiedProcess(Process):  # type: ignore[misc]
    """A process that does not outlive the manager."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._child_ctor = TiedPopen

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:
        # The go-between ignores SIGTERM and SIGINT, so that it can report how its child ended.
        _die_with_parent(signal.SIGKILL)
        super().run(events, ignore_signals)


class MainProcessOnly(ProcessManager):  # type: ignore[misc]
    """Asks the process itself to end, not its group: a worker lets its pool finish the task in hand."""

    def terminate(self, pid: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)


class Processes(Manager):  # type: ignore[misc]
    """Honcho's manager; `on_start` is called once every process runs."""

    def __init__(self, on_start: Callable[[], None]) -> None:
        super().__init__(Printer(sys.stdout))
        manager.KILL_WAIT = KILL_SECONDS
        self._process_ctor = TiedProcess
        self._procmgr = MainProcessOnly()
        self._on_start = on_start

    def add(self, name: str, command: str, environ: Mapping[str, str], folder: Path) -> None:
        self.add_process(name, command, env=dict(environ), cwd=str(folder))

    def run(self) -> int:
        """Run until one ends or a signal comes, end all, and return the exit status of the first that ended."""
        try:
            self.loop()
        finally:
            self._sweep()
        return int(self.returncode or 0)

    def _start(self) -> None:
        """Start all and wait until each has a process id.

        Honcho cannot end a process whose id it does not know yet, so signals wait that long.
        """
        waiting: list[int] = []
        after = {number: signal.getsignal(number) for number in STOP_SIGNALS}
        for number in STOP_SIGNALS:
            signal.signal(number, lambda received, _: waiting.append(received))
        super()._start()
        held = []
        while not self._all_started():
            message = self.events.get()
            if message.type == "start":
                self._processes[message.name]["pid"] = message.data["pid"]
            else:
                held.append(message)
        for message in held:
            self.events.put(message)
        for number, handler in after.items():
            signal.signal(number, handler)
        # A closed terminal is as good as Ctrl-C.
        signal.signal(signal.SIGHUP, _as_sigterm)
        if waiting:
            os.kill(os.getpid(), waiting[0])
        self._on_start()

    def _sweep(self) -> None:
        """Kill what is left of each process group, such as a pool whose parent was killed."""
        for process in self._processes.values():
            if pid := process.get("pid"):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(pid, signal.SIGKILL)


def _as_sigterm(number: int, frame: FrameType | None) -> None:
    os.kill(os.getpid(), signal.SIGTERM)
