"""What the API says of conversations, and what it reads. No prompt and no locked storyline is among it."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from chat.forms import ReportForm
from chat.models import Conversation, Memory, Message
from chat.services.naming import TITLE_CHARS
from chat.services.sending import MAX_CHARS

_CLIENT_ID = r"^[A-Za-z0-9_-]{8,64}$"


class ConversationSerializer(serializers.ModelSerializer[Conversation]):
    """One conversation. `head` is the last message of the branch on show."""

    id = serializers.UUIDField(source="public_id")
    character = serializers.SlugRelatedField(slug_field="slug", read_only=True)  # type: ignore[var-annotated]
    head = serializers.SlugRelatedField(slug_field="public_id", read_only=True)  # type: ignore[var-annotated]
    is_rehearsal = serializers.BooleanField(source="is_test")

    class Meta:
        model = Conversation
        fields = [
            *("id", "character", "title", "channel", "scene", "head", "is_rehearsal", "turns_count"),
            *("last_message_at", "created_at"),
        ]
        read_only_fields = fields


class NewConversationSerializer(serializers.Serializer[Any]):
    character = serializers.CharField(max_length=80, help_text="The character's slug.")
    afresh = serializers.BooleanField(default=False, help_text="Begin another one even if there is one already.")
    rehearsal = serializers.BooleanField(default=False, help_text="With the draft of one's own character.")


class MessageSerializer(serializers.ModelSerializer[Message]):
    """One message of the tree. `parent_id` is empty for a greeting; messages of one parent and role are swipes."""

    id = serializers.UUIDField(source="public_id")
    parent_id = serializers.UUIDField(source="parent.public_id", allow_null=True)
    text = serializers.SerializerMethodField()
    is_removed = serializers.SerializerMethodField()
    expression = serializers.SerializerMethodField()
    stream = serializers.SerializerMethodField()

    class Meta:
        model = Message
        fields = [
            "id",
            "parent_id",
            "role",
            "status",
            "text",
            "position",
            "attempt",
            "error",
            "rating",
            "expression",
            "is_removed",
            "edited_at",
            "created_at",
            "stream",
        ]
        read_only_fields = fields

    @extend_schema_field(str)
    def get_text(self, message: Message) -> str:
        return "" if message.removed_at else message.text

    @extend_schema_field(bool)
    def get_is_removed(self, message: Message) -> bool:
        return message.removed_at is not None

    @extend_schema_field(str)
    def get_expression(self, message: Message) -> str:
        return str(message.mood.get("expression") or "")

    @extend_schema_field({"type": "string", "format": "uri-reference", "nullable": True})
    def get_stream(self, message: Message) -> str | None:
        """Where to follow a reply that is being written (server-sent events)."""
        if message.is_final:
            return None
        return reverse("v1:chat:reply-stream", args=[message.public_id])


class NewMessageSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(
        max_length=MAX_CHARS * 2, trim_whitespace=False, allow_blank=True, help_text=f"At most {MAX_CHARS} characters."
    )
    client_id = serializers.RegexField(
        _CLIENT_ID, help_text="Made by the client, new for each message: sending the same one again changes nothing."
    )


class EditSerializer(NewMessageSerializer):
    """Other words; with `stamp`, only if nothing has changed since it was given."""

    stamp = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")


class EditorSerializer(serializers.Serializer[Any]):
    """What an editor opens with."""

    text = serializers.CharField()
    stamp = serializers.CharField()


class TitleSerializer(serializers.Serializer[Any]):
    title = serializers.CharField(max_length=TITLE_CHARS, allow_blank=True)


class TurnSerializer(serializers.Serializer[Any]):
    """A message and the reply it waits for."""

    message = MessageSerializer()
    reply = MessageSerializer()


class RatingSerializer(serializers.Serializer[Any]):
    rating = serializers.IntegerField(min_value=-1, max_value=1, help_text="A thumb; 0 takes it back.")


class ReportSerializer(serializers.Serializer[Any]):
    policy_hint = serializers.ChoiceField(choices=ReportForm.KINDS)
    text = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")


class MemorySerializer(serializers.ModelSerializer[Memory]):
    """Something the character remembers, with the message it was told in, unless that is deleted."""

    id = serializers.UUIDField(source="public_id")
    message = serializers.SerializerMethodField()

    class Meta:
        model = Memory
        fields = ["id", "kind", "text", "language", "told_at", "due_on", "message"]
        read_only_fields = fields

    @extend_schema_field({"type": "string", "format": "uuid", "nullable": True})
    def get_message(self, memory: Memory) -> str | None:
        told = memory.message
        return str(told.public_id) if told is not None and told.deleted_at is None else None


class TraceSerializer(serializers.Serializer[Message]):
    """Why a reply came out as it did."""

    model = serializers.CharField()
    preset = serializers.CharField()
    prompt_hash = serializers.CharField()
    seed = serializers.IntegerField(allow_null=True)
    ooc_score = serializers.FloatField(allow_null=True)
    trace = serializers.SerializerMethodField()

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_trace(self, message: Message) -> dict[str, Any]:
        # What a replay needs is for the command line: it says nothing of why, and much of how the house is run.
        return {name: value for name, value in message.trace.items() if name not in {"replay", "unsaid"}}
