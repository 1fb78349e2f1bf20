"""Idempotency keys: what counts as one, and how a page makes one."""

from __future__ import annotations

import re
import secrets

from billing.exceptions import IdempotencyKeyMissing

PATTERN = r"^[A-Za-z0-9_-]{8,64}$"


def new_key() -> str:
    """Return a key for one intent, to be put into a form."""
    return secrets.token_hex(16)


def read_key(header: str | None) -> str:
    """Return a usable `Idempotency-Key` header; raise `IdempotencyKeyMissing` for anything else."""
    if header is None or not re.fullmatch(PATTERN, header):
        raise IdempotencyKeyMissing
    return header
