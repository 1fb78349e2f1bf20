"""What the card doctor can say: a code, how grave it is, and the step that mends it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How grave a finding is: a blocker keeps the card from review."""

    BLOCKER = "blocker"
    WARNING = "warning"
    TIP = "tip"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the doctor found. `step` is the builder step that mends it; `values` fill the words."""

    level: Level
    code: str
    step: str
    values: tuple[tuple[str, str], ...] = ()
