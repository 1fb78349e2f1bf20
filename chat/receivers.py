"""What follows from a finished reply: promised tasks, nothing done on the spot."""

from __future__ import annotations

from typing import Any

from chat.models import Message
from chat.signals import reply_finished
from companion_site.core import outbox

_HAS_WORDS = frozenset(
    {Message.Status.COMPLETE, Message.Status.STOPPED, Message.Status.INTERRUPTED, Message.Status.BLOCKED}
)


def connect() -> None:
    reply_finished.connect(audit_reply, dispatch_uid="chat.audit_reply")
    reply_finished.connect(digest_turn, dispatch_uid="chat.digest_turn")


def audit_reply(sender: type[Message], *, message: Message, **kwargs: Any) -> None:
    """Every reply with words of a model in it is audited."""
    if message.status in _HAS_WORDS and message.text:
        outbox.leave("moderation.audit_subject", "reply", str(message.public_id))


def digest_turn(sender: type[Message], *, message: Message, **kwargs: Any) -> None:
    """The fan's message is digested when its turn saw a fact in it."""
    if message.trace.get("facts"):
        outbox.leave("chat.digest_turn", str(message.public_id))
