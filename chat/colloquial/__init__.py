"""Says it as people say it: takes bookish, preachy and translated-sounding phrases out of a reply. Pure.

Tables are data (`fixtures/lexicons/colloquial.*.yaml`); a card's own way of speaking comes before them.
"""

from __future__ import annotations

from chat.colloquial.rewriter import Change, Rewriter, rewritten
from chat.colloquial.signs import Signs
from chat.colloquial.table import Rule, Table, TableError, parse
from chat.colloquial.voice import Voice, stiffness, voice_for

__all__ = [
    "Change",
    "Rewriter",
    "Rule",
    "Signs",
    "Table",
    "TableError",
    "Voice",
    "parse",
    "rewritten",
    "stiffness",
    "voice_for",
]
