"""Waits until the doors are open and says where they are."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO

import httpx2

POLL_SECONDS = 0.1
WEB_SECONDS = 60.0
MODEL_SECONDS = 60.0
DEMO_ACCOUNTS = ("fan", "creator", "moderator", "trainer", "admin")


@dataclass(frozen=True, slots=True)
class Doors:
    """What the banner tells: where the park is, who may try it and who answers."""

    url: str
    password: str
    model: Callable[[], str]
    model_health_url: str = ""


def wait_for(url: str, seconds: float, *, is_over: Callable[[], bool]) -> bool:
    """Return True once `url` answers with success, False after `seconds` or when `is_over`."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and not is_over():
        try:
            if httpx2.get(url, timeout=2.0, trust_env=False).is_success:
                return True
        except httpx2.HTTPError:
            pass
        time.sleep(POLL_SECONDS)
    return False


def announce(doors: Doors, out: TextIO, *, is_over: Callable[[], bool]) -> None:
    """Print the banner once the site serves; say so when the model takes longer."""
    if not wait_for(f"{doors.url}/readyz", WEB_SECONDS, is_over=is_over):
        if not is_over():
            out.write(f"\n! {doors.url} does not answer yet; the lines above say why.\n")
        return
    out.write(text_of(doors))
    out.flush()
    if not doors.model_health_url or wait_for(doors.model_health_url, MODEL_SECONDS, is_over=is_over) or is_over():
        return
    out.write("! The model server does not answer yet: run `make doctor` in another terminal.\n")
    out.flush()


def text_of(doors: Doors) -> str:
    """Return the banner."""
    rule = "─" * 62
    accounts = "\n".join(f"              {name}@cardia.example" for name in DEMO_ACCOUNTS)
    return (
        f"\n{rule}\n"
        f"  Cardia 心卡  {doors.url}\n"
        f"{rule}\n"
        f"  Accounts\n{accounts}\n"
        f"  Password    {doors.password or '(DEMO_PASSWORD is not set)'}\n"
        f"  Answers     {doors.model()}\n"
        f"  Ctrl-C ends everything.\n"
        f"{rule}\n\n"
    )
