"""Taking a stage direction: what the fan wishes to happen, which nobody in the story says."""

from __future__ import annotations

from accounts.models import User
from chat.models import Conversation, Message
from chat.services import sending
from chat.services.sending import Sent


def direct(conversation: Conversation, fan: User, *, text: str, client_id: str) -> Sent:
    """Accept a stage direction and promise the reply that follows it, once for each `client_id`. Atomic.

    It passes everything a message passes and raises what `send_message` raises; then nothing was stored. It is
    never taken for the fan's words: no exchange is counted, no feeling read, nothing remembered.
    """
    return sending.accept(conversation, fan, text=text, client_id=client_id, role=Message.Role.DIRECTOR)
