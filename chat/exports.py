"""What a fan takes with them: every conversation and everything that is remembered of them."""

from __future__ import annotations

from accounts.models import User
from chat import services
from chat.models import Conversation, Memory


def export_conversations(user: User) -> dict[str, object]:
    """Return the user's conversations and memories as JSON members, oldest first."""
    chats = Conversation.objects.owned_by(user).select_related("character", "version", "head").order_by("pk")
    memories = Memory.objects.owned_by(user).select_related("character").order_by("pk")
    return {
        "conversations": [services.export_conversation(chat) for chat in chats],
        "memories": [
            {
                "character": memory.character.name,
                "kind": memory.kind,
                "text": memory.text,
                "told_at": memory.told_at.isoformat(),
            }
            for memory in memories
        ],
    }
