"""Hears a model that has nothing to say: its own last lines once more, or its instructions read aloud. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from companion_site.core.text import han_share, normalise

VERSION = "echo-1"
_PART = re.compile(r"[^。！？!?…\n*]+")  # noqa: RUF001 - Chinese punctuation
_BARE = re.compile(r"[\W_]+")
# In Han characters; Latin letters say less, so it takes this many times more of them.
# Shorter phrases come again in every good conversation: 坐。
_SHORTEST_SAID = 8
# This much of the instructions word for word is reading aloud, not playing.
_SHORTEST_WRITTEN = 14
_LATIN = 2.5


def share(text: str, *, said: Sequence[str], written: Sequence[str], allowed: Sequence[str]) -> float:
    """Return how much of `text`, 0.0 to 1.0, stands word for word in `said` (own replies) or `written` (the prompt).

    `allowed` are catchphrases: repeating them is character.
    """
    parts = [part for part in (_bare(found) for found in _PART.findall(text)) if part]
    total = sum(len(part) for part in parts)
    if not total:
        return 0.0
    phrases = {_bare(phrase) for phrase in allowed}
    before = "\n".join(_bare(line) for line in said)
    prompt = "\n".join(_bare(line) for line in written)
    echoed = 0
    for part in parts:
        scale = 1.0 if han_share(part) >= 0.2 else _LATIN
        is_repeated = len(part) >= _SHORTEST_SAID * scale and part in before
        if part not in phrases and (is_repeated or _reads_aloud(part, prompt, round(_SHORTEST_WRITTEN * scale))):
            echoed += len(part)
    return round(echoed / total, 3)


@lru_cache(maxsize=256)
def _bare(text: str) -> str:
    # Kept: the instructions and the last replies are compared with every reply.
    return _BARE.sub("", normalise(text))


def _reads_aloud(part: str, prompt: str, size: int) -> bool:
    return any(part[i : i + size] in prompt for i in range(0, len(part) - size + 1, 4))
