"""The log a reply is written to and read from, chosen by `settings.REPLY_LOG`."""

from __future__ import annotations

from chat.reply_log.base import LogFull, LogLost, ReplyLog
from companion_site.core.backends import Backends

__all__ = ["LogFull", "LogLost", "ReplyLog", "reply_log", "reply_logs"]

reply_logs: Backends[ReplyLog] = Backends("REPLY_LOG")


def reply_log() -> ReplyLog:
    """Return the log of this installation."""
    return reply_logs["default"]
