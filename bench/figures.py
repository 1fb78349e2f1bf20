"""Figures as `bench/results.json` keeps them."""

from __future__ import annotations

from array import array
from statistics import quantiles

Figures = dict[str, dict[str, object]]


def percentile(values: list[float] | array[float], percent: int) -> float:
    """Return a percentile; of nothing it is none."""
    ordered = sorted(values)
    if len(ordered) < 2:
        return ordered[0] if ordered else float("nan")
    return quantiles(ordered, n=100, method="inclusive")[percent - 1]


def entry(value: float, unit: str, detail: str, *, digits: int = 1) -> dict[str, object]:
    """Return one figure."""
    return {"value": round(value, digits), "unit": unit, "detail": detail}


def unmeasured(unit: str, why: str) -> dict[str, object]:
    """Return a figure that this machine cannot give."""
    return {"value": None, "unit": unit, "detail": f"not measured: {why}"}
