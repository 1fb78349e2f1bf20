"""What chat files are told to people in: why one was refused, and what became of one that was taken."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from chat.transfer import ChatRefused, Reason, Report

REASONS: dict[Reason, Promise] = {
    Reason.NOT_A_CHAT: _("This file is no chat. Choose a chat exported here, or a JSONL file of SillyTavern."),
    Reason.UNKNOWN_VERSION: _("This chat was written by a newer Cardia than this one."),
    Reason.EMPTY: _("There is nothing said in this file."),
    Reason.BAD_JSON: _("This is no valid JSON. Export the chat once more."),
    Reason.BAD_TEXT: _("There is a character here that cannot be stored. Remove it and try again."),
    Reason.BAD_NUMBER: _("There is a number here that nobody can read."),
    Reason.BAD_TREE: _("The messages do not hang together: one is missing, is there twice or follows itself."),
    Reason.WRONG_TYPE: _("Here should be something else: %(wanted)s."),
    Reason.FILE_TOO_LARGE: _("The file is larger than %(limit_mib)s MB."),
    Reason.LINE_TOO_LARGE: _("This line is larger than %(limit_kib)s KB."),
    Reason.REST_TOO_LARGE: _("Besides its words this holds more than %(limit_kib)s KB."),
    Reason.TOO_MANY_MESSAGES: _("The chat has more than %(limit)s messages."),
    Reason.TOO_MANY_SWIPES: _("This message has more than %(limit)s versions."),
    Reason.TOO_MANY_VALUES: _("The file has more values than a chat can have."),
    Reason.TOO_DEEP: _("This is nested too deeply. Such a file is no chat."),
    Reason.TOO_LONG: _("This message is longer than %(limit)s characters."),
    Reason.GROUP_CHAT: _("This is a group chat. Here one speaks with one character at a time."),
    Reason.RED_LINE: _("This crosses a line that has no exception, so nothing of the file was taken."),
}


def refusal(exc: ChatRefused) -> Promise | str:
    """Return why a file was refused, and where."""
    words: Any = REASONS[exc.reason]
    told = words % exc.values if exc.values else words
    if exc.path in ("", "$"):
        return told  # type: ignore[no-any-return]
    return format_lazy("{} ({})", told, exc.path)


def as_dict(report: Report) -> dict[str, Any]:
    """Return a report as JSON members; fields and places nobody can take in at once are counted only."""
    return {
        "format": report.format,
        "messages": report.messages,
        "swipes": report.swipes,
        "left_out": dict(report.left_out),
        "unread": dict(report.unread.most_common(40)),
        "blocked": [{"place": place, "policy_code": code} for place, code in report.blocked[:100]],
        "blocked_count": len(report.blocked),
    }
