"""Chat files over the API: taking a chat home, and bringing one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from characters.models import Character
from chat import filewords, filing, services
from chat.api.access import conversation_of, me
from chat.api.serializers import ConversationSerializer


class ChatFileSerializer(serializers.Serializer[Any]):
    """A chat file, and whom it is with: without a slug it is the one the file names."""

    file = serializers.FileField()
    character = serializers.CharField(max_length=80, required=False, default="", allow_blank=True)


class BlockedLineSerializer(serializers.Serializer[Any]):
    place = serializers.CharField()
    policy_code = serializers.CharField()


class TransferReportSerializer(serializers.Serializer[Any]):
    """What was read, what was left out, which fields were not understood (and kept), and which words were blocked."""

    format = serializers.CharField()
    messages = serializers.IntegerField()
    swipes = serializers.IntegerField()
    left_out = serializers.DictField(child=serializers.IntegerField())
    unread = serializers.DictField(child=serializers.IntegerField())
    blocked = BlockedLineSerializer(many=True)
    blocked_count = serializers.IntegerField()


class BroughtChatSerializer(serializers.Serializer[Any]):
    conversation = ConversationSerializer()
    report = TransferReportSerializer()


class ChatImportView(APIView):
    parser_classes = [MultiPartParser]
    throttle_scope = "import"

    @extend_schema(request={"multipart/form-data": ChatFileSerializer}, responses={201: BroughtChatSerializer})
    def post(self, request: Request) -> Response:
        """Begin a conversation with the messages of a file: our JSON (1 and 2), or SillyTavern's JSONL."""
        form = ChatFileSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        slug, upload = form.validated_data["character"], form.validated_data["file"]
        character = get_object_or_404(Character.objects.visible_to(request.user), slug=slug) if slug else None
        made = services.import_chat(me(request), filing.read(upload), character=character)
        told = BroughtChatSerializer({"conversation": made.conversation, "report": filewords.as_dict(made.report)})
        return Response(told.data, status=status.HTTP_201_CREATED)


class ChatExportView(APIView):
    @extend_schema(
        operation_id="conversations_export_file", responses={(200, "application/octet-stream"): OpenApiTypes.BINARY}
    )
    def get(self, request: Request, public_id: UUID, chat_format: str) -> HttpResponse:
        """The chat as a file: `json` (the whole tree), `jsonl` (the branch on show), `zip` (every branch as JSONL)."""
        return filing.as_file(conversation_of(request, public_id), chat_format)
