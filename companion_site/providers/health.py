"""How the models behind the aliases are doing, in this process; and, in a file, what the doctor of another may read."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.signals import setting_changed

from companion_site.providers.breaker import Breaker

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Trouble:
    """One alias that one process leaves in peace: `since` when (seconds since the epoch), and why."""

    alias: str
    state: str
    reason: str
    since: float


class Health:
    """One breaker an alias. Each process learns for itself: a server that is down is found out in a moment."""

    def __init__(self) -> None:
        self._breakers: dict[str, Breaker] = {}
        setting_changed.connect(self._forget)

    def __getitem__(self, alias: str) -> Breaker:
        if alias not in self._breakers:
            self._breakers[alias] = Breaker()
        return self._breakers[alias]

    def publish(self) -> None:
        """Tell other processes of this machine which aliases rest; called when that changes, which is seldom."""
        now, clock = time.time(), time.monotonic()
        rows = {
            alias: {"state": breaker.state, "reason": breaker.reason, "since": now - (clock - breaker.opened_at)}
            for alias, breaker in self._breakers.items()
            if breaker.state != "closed"
        }
        folder = _folder()
        path = folder / f"{os.getpid()}.json"
        try:
            if not rows:
                path.unlink(missing_ok=True)
                return
            folder.mkdir(parents=True, exist_ok=True)
            path.with_suffix(".new").write_text(json.dumps(rows))
            path.with_suffix(".new").replace(path)
        except OSError as exc:
            # It only informs; a full disk must not silence a character.
            logger.warning("state of the models not published: %s", exc)

    def _forget(self, *, setting: str, **kwargs: object) -> None:
        if setting == "CHAT_MODELS":
            self._breakers.clear()


health = Health()


def troubles() -> Iterator[Trouble]:
    """Yield what the living processes of this machine have published."""
    for path in sorted(_folder().glob("*.json")):
        if not _is_alive(path.stem):
            with contextlib.suppress(OSError):
                path.unlink()
            continue
        try:
            rows = json.loads(path.read_text())
            found = [Trouble(alias, row["state"], row["reason"], row["since"]) for alias, row in rows.items()]
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            continue
        yield from found


def _folder() -> Path:
    return Path(settings.VAR_DIR) / "models"


def _is_alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
