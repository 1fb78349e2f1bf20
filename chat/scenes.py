"""Reads the scene presets once a process."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from django.conf import settings

from chat.scene import DEFAULT, Scene, parse


@cache
def presets() -> dict[str, Scene]:
    """Return every scene preset of `fixtures/scenes.yaml` by name."""
    source = Path(settings.FIXTURES_DIR) / "scenes.yaml"
    return parse(yaml.safe_load(source.read_text(encoding="utf-8")))


def preset(name: str) -> Scene:
    """Return the preset, or the default one for a name nobody wrote."""
    found = presets()
    return found.get(name, found[DEFAULT])
