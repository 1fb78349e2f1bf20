"""Looks for an Ollama on this machine; it does not chat."""

from __future__ import annotations

import httpx2
from django.conf import settings

PROBE_SECONDS = 0.3
# Families that Ollama lists among its models and that cannot chat.
EMBEDDING_FAMILIES = {"bert", "nomic-bert"}


def ollama_model() -> str:
    """Return the model a local Ollama would answer with, or "" where none answers. Blocks at most 0.3 seconds."""
    if not settings.OLLAMA_URL:
        return ""
    try:
        answer = httpx2.get(f"{settings.OLLAMA_URL}/api/tags", timeout=PROBE_SECONDS, trust_env=False)
        models = answer.raise_for_status().json()["models"]
        names = [str(m["name"]) for m in models if m.get("details", {}).get("family") not in EMBEDDING_FAMILIES]
    except (httpx2.HTTPError, ValueError, LookupError, TypeError, AttributeError):
        return ""
    wanted = settings.OLLAMA_MODEL
    if wanted:
        return wanted if wanted in names or f"{wanted}:latest" in names else ""
    return names[0] if names else ""
