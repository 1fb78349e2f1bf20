"""Every macro we fill, by lower-case name and alias. Pure. `docs/reference/macros.md` lists them; a test compares."""

from __future__ import annotations

from characters.macros import chance, flow, identity, stored, times
from characters.macros.nodes import Macro

ALL: tuple[Macro, ...] = (*identity.MACROS, *chance.MACROS, *times.MACROS, *stored.MACROS, *flow.MACROS)

MACROS: dict[str, Macro] = {name: macro for macro in ALL for name in (macro.name, *macro.aliases)}
