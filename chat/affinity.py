"""How close a fan and a character have come. Pure, and honest: it counts shared turns and nothing else."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Turns at which each level begins.
_STEPS = (0, 5, 15, 35, 70, 120, 200, 320)
_NAMES = (
    _("Strangers"),
    _("A nod at the door"),
    _("Known by name"),
    _("A seat kept free"),
    _("Shared silence"),
    _("By the same fire"),
    _("Hard to part"),
    _("Heart to heart"),
)


@dataclass(frozen=True, slots=True)
class Affinity:
    """`percent` is the way to the next level, 100 at the last one; `missing` the turns still to go."""

    level: int
    name: Promise
    percent: int
    missing: int


def of(turns: int) -> Affinity:
    """Return the affinity after so many turns."""
    index = bisect_right(_STEPS, turns) - 1
    if index == len(_STEPS) - 1:
        return Affinity(index + 1, _NAMES[index], 100, 0)
    low, high = _STEPS[index], _STEPS[index + 1]
    return Affinity(index + 1, _NAMES[index], (turns - low) * 100 // (high - low), high - turns)
