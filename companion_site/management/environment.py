"""Writes the local `.env` that a fresh checkout needs; it keeps every line the user has. No Django here.

Run by `make up` (`python -m companion_site.management.environment`), because the settings
cannot be read before there is a secret key.
"""

from __future__ import annotations

import os
import re
import secrets
import sys
from collections.abc import Callable
from pathlib import Path

HEADER = "# Written by `make up`. Secrets of this installation: never commit this file.\n"
# No vowels, no 0/1: nothing to misread, nothing that spells a word.
ALPHABET = "bcdfghjkmnpqrstvwxz23456789"


def make_secret_key() -> str:
    return secrets.token_urlsafe(50)


def make_password() -> str:
    """Return a password of 57 bits that a person can type: `k7mq-x2fd-9wrh`."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(3))


MAKERS: dict[str, Callable[[], str]] = {"SECRET_KEY": make_secret_key, "DEMO_PASSWORD": make_password}


def ensure_env(path: Path) -> list[str]:
    """Add what is missing to the file, readable by its owner alone; return the names added."""
    path = path.resolve()
    known = path.read_text(encoding="utf-8") if path.exists() else HEADER
    set_already = {m.group(1) for m in re.finditer(r"^(?:export\s+)?([A-Z0-9_]+)[ \t]*=[ \t]*\S", known, re.MULTILINE)}
    added = [name for name in MAKERS if name not in set_already and not os.environ.get(name)]
    if added:
        lines = "".join(f"{name}={MAKERS[name]()}\n" for name in added)
        text = known if known.endswith("\n") else f"{known}\n"
        _replace(path, text + lines)
    elif path.exists():
        path.chmod(0o600)
    return added


def _replace(path: Path, text: str) -> None:
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def main() -> None:
    added = ensure_env(Path(__file__).resolve().parent.parent.parent / ".env")
    if added:
        sys.stdout.write(f".env: wrote {' and '.join(added)}\n")


if __name__ == "__main__":
    main()
