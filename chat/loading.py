"""Reads every word list before the first message needs one: half a second once, and never in a fan's way."""

from __future__ import annotations

from chat import lexicons, scenes
from moderation import guard


def prepare() -> None:
    """Load what turns read; the modules behind keep it for the life of the process."""
    lexicons.emotions()
    lexicons.facts()
    for is_chinese in (True, False):
        lexicons.colloquial(is_chinese=is_chinese)
    scenes.presets()
    guard.screen("", side="fan")
    guard.StreamGuard().feed("")
