"""System checks: what settings name must exist, and every lexicon must load."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core import checks
from django.utils.module_loading import import_string

from moderation import loading
from moderation.subjects import MEMBERS


@checks.register("moderation")
def subjects_answer(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """Every entry of MODERATION_SUBJECTS is a class with everything `moderation.subjects.Subject` asks for."""
    found: list[checks.CheckMessage] = []
    for kind, path in settings.MODERATION_SUBJECTS.items():
        try:
            adapter = import_string(path)
        except ImportError as exc:
            found.append(checks.Error(f"MODERATION_SUBJECTS[{kind!r}]: {exc}", id="moderation.E001"))
            continue
        missing = [name for name in MEMBERS if not hasattr(adapter, name)]
        if missing:
            found.append(
                checks.Error(f"{path} lacks {', '.join(missing)} of moderation.subjects.Subject.", id="moderation.E002")
            )
    return found


@checks.register("moderation")
def lexicons_load(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """Every file of `fixtures/lexicons/` that moderation reads is well formed."""
    try:
        loading.all_rules()
    except (loading.LexiconError, OSError) as exc:
        return [checks.Error(f"A lexicon does not load: {exc}", id="moderation.E003")]
    return []
