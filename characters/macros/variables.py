"""Chat variables that card text sets and reads. Bounded, since card text is hostile. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MOST = 100
LONGEST_NAME = 100
LONGEST_VALUE = 2000
ROOM = 20_000

State = dict[str, dict[str, str]]


@dataclass(slots=True)
class Variables:
    """Local (this chat) and shared (`{{setglobalvar}}`) variables by name, all text.

    `changed` says whether anything was written. A write beyond the limits is left undone.
    """

    local: dict[str, str] = field(default_factory=dict)
    shared: dict[str, str] = field(default_factory=dict)
    changed: bool = False

    @classmethod
    def of(cls, state: object) -> Variables:
        """Return the variables of a stored state (`as_state`); anything else in it is ignored."""
        if not isinstance(state, Mapping):
            return cls()
        found = cls()
        for scope, into in (("local", found.local), ("global", found.shared)):
            stored = state.get(scope)
            for name, value in stored.items() if isinstance(stored, Mapping) else ():
                if isinstance(name, str) and isinstance(value, str):
                    found.put(into, name, value)
        found.changed = False
        return found

    def as_state(self) -> State:
        """Return what a message keeps: `{"local": {...}, "global": {...}}`."""
        return {"local": dict(self.local), "global": dict(self.shared)}

    def copy(self) -> Variables:
        """Return variables of their own with the same values, nothing written yet."""
        return Variables(dict(self.local), dict(self.shared))

    def put(self, scope: dict[str, str], name: str, value: str) -> bool:
        """Write `value` into `scope` (`local` or `shared`); False, and nothing written, beyond the limits."""
        if not name or len(name) > LONGEST_NAME or len(value) > LONGEST_VALUE:
            return False
        used = sum(len(key) + len(text) for key, text in scope.items() if key != name)
        if used + len(name) + len(value) > ROOM or (name not in scope and len(scope) >= MOST):
            return False
        if scope.get(name) != value:
            scope[name] = value
            self.changed = True
        return True

    def drop(self, scope: dict[str, str], name: str) -> None:
        """Forget a variable of `scope`."""
        if scope.pop(name, None) is not None:
            self.changed = True
