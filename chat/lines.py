"""The line a character always has: 我在. Pure."""

from __future__ import annotations

from chat.given import Sheet

_ZH = "我在。"
_EN = "I'm here."


def outage(sheet: Sheet) -> str:
    """Return what the character says when no model answers: its own line, or the shortest true one."""
    return sheet.ours.outage.strip() or (_ZH if sheet.is_chinese else _EN)
