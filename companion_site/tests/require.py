"""Says whether a test may be left out: on a bare machine yes, under REQUIRE_ALL=1 no."""

from __future__ import annotations

import os

import pytest


def need(condition: object, reason: str) -> None:
    """Skip the test with `reason` where `condition` is false; fail instead when REQUIRE_ALL=1."""
    if condition:
        return
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(f"REQUIRE_ALL=1, but: {reason}")
    pytest.skip(reason)
