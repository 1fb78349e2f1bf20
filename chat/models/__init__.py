"""Conversations, their messages, and what a character remembers."""

from chat.models.conversation import Checkpoint, Conversation
from chat.models.memory import Memory
from chat.models.message import Message

__all__ = ["Checkpoint", "Conversation", "Memory", "Message"]
