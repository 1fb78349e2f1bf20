"""A task that takes its time, for tests that kill the worker meanwhile."""

from __future__ import annotations

import os
import time
from pathlib import Path

from celery import shared_task


@shared_task(name="tests.slow_mark")
def slow_mark(folder: str) -> None:
    """Write down each beginning; the first one lasts. Its effect is there once, however often it runs."""
    marks = Path(folder)
    with (marks / "begun").open("a") as begun:
        begun.write(f"{os.getpid()}\n")
    if len((marks / "begun").read_text().splitlines()) == 1:
        time.sleep(60)
    with (marks / "effects").open("a" if not (marks / "effects").exists() else "r+") as effect:
        effect.write("done\n")
