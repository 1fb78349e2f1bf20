"""Turns a refusal into an event of the stream, in the fan's language."""

from __future__ import annotations

from django.utils import translation

from chat.turn import Refused, Turn
from companion_site.core import problems
from companion_site.core.exceptions import DomainError


def refused(turn: Turn, error: DomainError) -> Refused:
    """Return the platform's honest note on why the reply ended; the character never speaks of it."""
    with translation.override(turn.ui_language):
        return Refused(problems.as_dict(error))
