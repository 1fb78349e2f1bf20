"""Draws figures as SVG geometry; it knows no Django and no colours (the style sheet has those)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar in view-box units, with what it stands for."""

    label: str
    value: int
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


@dataclass(frozen=True, slots=True)
class BarChart:
    """Bars on a common base line; `width` × `height` is the view box."""

    bars: tuple[Bar, ...]
    width: int
    height: int
    peak: int


def bar_chart(values: Sequence[tuple[str, int]], *, width: int = 720, height: int = 200, gap: float = 0.25) -> BarChart:
    """Return bars scaled to the largest value; `gap` is the share of a step left empty."""
    peak = max((value for _, value in values), default=0)
    step = width / max(len(values), 1)
    bars = []
    for index, (label, value) in enumerate(values):
        size = height * value / peak if peak else 0.0
        bars.append(
            Bar(
                label,
                value,
                round(index * step + step * gap / 2, 2),
                round(height - size, 2),
                round(step * (1 - gap), 2),
                round(size, 2),
            )
        )
    return BarChart(tuple(bars), width, height, peak)
