"""The author's note of a conversation: a line of the fan's to whoever writes, never shown as said by anybody."""

from __future__ import annotations

import re

from chat.models import Conversation
from chat.services.sending import screen
from companion_site.core.exceptions import Invalid

CHARS = 4000
DEEPEST = 1000
POSITIONS = ("before", "after", "in_chat")
ROLES = ("system", "user", "assistant")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def write_note(
    conversation: Conversation, *, text: str, position: str = "after", depth: int = 4, role: str = "system"
) -> Conversation:
    """Keep the author's note of a conversation; blank text takes it away. The next reply reads it.

    `position` is before or after the scenario, or `in_chat`: then `depth` counts messages from the newest and
    `role` says whose it seems. Raises `Invalid` naming the field, and `MessageBlocked` where
    a message of the same words would be: a note reaches the model as well.
    """
    if len(text) > CHARS or _UNSTORABLE.search(text):
        raise Invalid(field="text")
    if position not in POSITIONS:
        raise Invalid(field="position")
    if role not in ROLES:
        raise Invalid(field="role")
    if not 0 <= depth <= DEEPEST:
        raise Invalid(field="depth")
    if text.strip():
        screen(text)
    note = {"text": text.strip(), "position": position, "depth": depth, "role": role}
    conversation.author_note = note if text.strip() else {}
    conversation.save(update_fields=["author_note", "updated_at"])
    return conversation
