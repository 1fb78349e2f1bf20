"""What the chat announces, after the commit, with `send_robust`."""

from __future__ import annotations

from django.dispatch import Signal

# sender: Message class · message: the fan's Message that was accepted.
message_sent = Signal()

# sender: Message class · message: the character's Message whose turn has closed, in any final status.
reply_finished = Signal()
