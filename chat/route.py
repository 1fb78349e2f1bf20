"""Which models a turn may ask, in which order: decided from a table that settings give. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

Purpose = Literal["reply", "draft", "rewrite", "judge"]
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
# A tier's list, or one list for all tiers.
Wanted = Sequence[str] | Mapping[str, Sequence[str]]

# Where no route is configured the name of an alias says what it is for.
_USUAL: Mapping[Purpose, tuple[str, ...]] = {
    "reply": ("default", "fallback"),
    "draft": ("fast", "default", "fallback"),
    "rewrite": ("fast", "default", "fallback"),
    "judge": ("judge", "default"),
}


@dataclass(frozen=True, slots=True)
class Route:
    """The aliases to ask, the first choice first, and the character's own adapter where a server has it.

    `tier` is whose route it is, so that a stage can ask for another one of the same fan.
    """

    aliases: tuple[str, ...] = ("default",)
    adapter: str = ""
    tier: str = "free"


def choose(table: Mapping[str, Wanted], known: Collection[str], *, tier: str, purpose: Purpose) -> tuple[str, ...]:
    """Return the aliases for a tier and a purpose, each once; those nobody knows are left out.

    `table` is purpose -> list, or purpose -> tier -> list. What it does not name goes the usual way.
    """
    wanted = table.get(purpose, ())
    listed = wanted.get(tier, ()) if isinstance(wanted, Mapping) else wanted
    found = tuple(dict.fromkeys(alias for alias in listed or _USUAL[purpose] if alias in known))
    return found or ("default",)
