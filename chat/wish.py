"""How a program asks one reply to be drawn, inside what the scene allows. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from chat.scene import Scene

# How much warmer than the scene a reply may be asked for; colder is always allowed.
_WARMER = 0.4
_LEAST_TOP_P = 0.1


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for; None and () leave it to the scene. `stop` are strings the reply ends before."""

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()

    def within(self, scene: Scene) -> Scene:
        """Return the scene drawn as wished: never much warmer than it is, never longer."""
        changes: dict[str, float | int] = {}
        if self.temperature is not None:
            changes["temperature"] = max(0.0, min(self.temperature, round(scene.temperature + _WARMER, 2)))
        if self.top_p is not None:
            changes["top_p"] = max(_LEAST_TOP_P, min(self.top_p, 1.0))
        if self.max_tokens is not None:
            changes["max_tokens"] = max(1, min(self.max_tokens, scene.max_tokens))
        return replace(scene, **changes) if changes else scene  # type: ignore[arg-type]
