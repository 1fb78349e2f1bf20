"""A scene preset: how warm the sampling, what the character minds here, how it meets a strong feeling. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chat.pacing import Pace

DEFAULT = "story"


@dataclass(frozen=True, slots=True)
class Scene:
    """One preset. Texts are by language (`zh-Hans`, `en`); `strategies` by emotion, then language.

    `reflex_at` is the strength of feeling from which the character's reflex line comes first.
    `pace` is how a character reads and types here; elders are given the most time.
    """

    name: str
    title: Mapping[str, str]
    addendum: Mapping[str, str]
    temperature: float = 0.8
    top_p: float = 0.92
    max_tokens: int = 110
    reflex_at: float = 0.62
    pace: Pace = field(default_factory=Pace)
    strategies: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def parse(data: Mapping[str, Any]) -> dict[str, Scene]:
    """Return the presets of a scenes file by name; a preset's own strategies go before the common ones."""
    common = data.get("strategies", {})
    return {name: _scene(name, preset, common) for name, preset in data["presets"].items()}


def _scene(name: str, preset: Mapping[str, Any], common: Mapping[str, Any]) -> Scene:
    strategies = {**common, **preset.get("strategies", {})}
    return Scene(name=name, **{**preset, "strategies": strategies, "pace": Pace(**preset.get("pace", {}))})


def in_language(texts: Mapping[str, str], language: str) -> str:
    """Return the text for a card's language, empty where there is none."""
    return texts.get("zh-Hans" if language.lower().startswith("zh") else "en", "")
