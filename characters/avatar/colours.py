"""Mixing colours given as #rrggbb."""

from __future__ import annotations


def mix(one: str, other: str, share: float) -> str:
    """Return `one` with `share` (0.0 to 1.0) of `other` in it."""
    pairs = zip(_rgb(one), _rgb(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _rgb(value: str) -> tuple[int, int, int]:
    return int(value[1:3], 16), int(value[3:5], 16), int(value[5:7], 16)
