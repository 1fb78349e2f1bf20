from chat.models.conversation import Conversation
from chat.models.memory import Memory
from chat.models.message import Message

__all__ = ["Conversation", "Memory", "Message"]
