"""What a scan leaves behind for the next: entries that stay, rest, were kept for good or are spent.

The state is a plain value that comes in and goes out. It is stored with the message it was made for, so a swipe, a
branch or an edit starts again from the state of the message before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from characters.cards.book import Timing
from characters.cards.limits import Json, JsonObject


@dataclass(frozen=True, slots=True)
class Effect:
    """From message number `start` until before message number `end`; `protected` ones outlive a chat set back."""

    start: int
    end: int
    protected: bool = False

    @classmethod
    def of(cls, raw: Json) -> Effect | None:
        if not isinstance(raw, dict):
            return None
        start, end = raw.get("start"), raw.get("end")
        if not isinstance(start, int) or not isinstance(end, int):
            return None
        return cls(start, end, raw.get("protected") is True)

    def as_dict(self) -> JsonObject:
        return {"start": self.start, "end": self.end, "protected": self.protected}


@dataclass(frozen=True, slots=True)
class TimedState:
    """By entry id: `sticky` and `cooldown` effects, `kept` (matched once, match always), `spent` (never again)."""

    sticky: Mapping[str, Effect] = field(default_factory=dict)
    cooldown: Mapping[str, Effect] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    spent: frozenset[str] = frozenset()

    @classmethod
    def of(cls, raw: object) -> TimedState:
        """Read a stored state; whatever is not one reads as empty."""
        if not isinstance(raw, dict):
            return cls()
        return cls(
            _effects(raw.get("sticky")), _effects(raw.get("cooldown")), _ids(raw.get("kept")), _ids(raw.get("spent"))
        )

    def as_dict(self) -> JsonObject:
        """Return the state as JSON; parts that are empty are left out."""
        out: JsonObject = {}
        for name, effects in (("sticky", self.sticky), ("cooldown", self.cooldown)):
            if effects:
                out[name] = {key: effects[key].as_dict() for key in sorted(effects)}
        for name, ids in (("kept", self.kept), ("spent", self.spent)):
            if ids:
                out[name] = [*sorted(ids)]
        return out


@dataclass(slots=True)
class Clock:
    """The effects in force at message number `now`; counts on while the scan goes."""

    now: int
    sticky: dict[str, Effect]
    cooldown: dict[str, Effect]
    is_sticky: set[str] = field(default_factory=set)
    is_resting: set[str] = field(default_factory=set)

    @classmethod
    def at(cls, now: int, state: TimedState, timing: Callable[[str], Timing | None]) -> Clock:
        """Return what holds now. `timing` tells an entry's own figures, None for an entry of no book here."""
        clock = cls(now, dict(state.sticky), dict(state.cooldown))
        for key in clock._check(clock.sticky, clock.is_sticky, timing, "sticky"):
            entry = timing(key)
            if entry is not None and entry.cooldown:
                # The rest begins at once and is not lost when the chat is set back.
                clock.cooldown[key] = Effect(now, now + entry.cooldown, protected=True)
        clock._check(clock.cooldown, clock.is_resting, timing, "cooldown")
        return clock

    def begin(self, key: str, timing: Timing) -> None:
        """Start the effects of an entry that got in; one that runs already goes on."""
        if timing.sticky:
            self.sticky.setdefault(key, Effect(self.now, self.now + timing.sticky))
        if timing.cooldown:
            self.cooldown.setdefault(key, Effect(self.now, self.now + timing.cooldown))

    def _check(
        self, effects: dict[str, Effect], active: set[str], timing: Callable[[str], Timing | None], kind: str
    ) -> list[str]:
        """Drop what is over or no longer meant, note what holds; return the ids whose time ended."""
        ended = []
        for key, effect in list(effects.items()):
            entry = timing(key)
            if self.now <= effect.start and not effect.protected:
                del effects[key]
            elif entry is None:
                if self.now >= effect.end:
                    del effects[key]
            elif not (entry.sticky if kind == "sticky" else entry.cooldown):
                del effects[key]
            elif self.now >= effect.end:
                del effects[key]
                ended.append(key)
            else:
                active.add(key)
        return ended


def _effects(raw: Json) -> dict[str, Effect]:
    if not isinstance(raw, dict):
        return {}
    read = ((key, Effect.of(value)) for key, value in raw.items())
    return {key: effect for key, effect in read if effect is not None}


def _ids(raw: Json) -> frozenset[str]:
    return frozenset(_texts(raw)) if isinstance(raw, list) else frozenset()


def _texts(raw: Iterable[Json]) -> Iterable[str]:
    return (item for item in raw if isinstance(item, str))
