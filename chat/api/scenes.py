"""Scene presets over the API: which there are, and which one a conversation plays in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chat import pacing, scenes, services
from chat.api.access import conversation_of
from chat.api.serializers import ConversationSerializer
from chat.scene import Scene


class SceneSerializer(serializers.Serializer[Any]):
    """A scene preset: it sets the pace, the warmth of the words and what a character minds. `title` by language."""

    name = serializers.CharField()
    title = serializers.DictField(child=serializers.CharField())
    pace = serializers.SerializerMethodField()

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "number"}})
    def get_pace(self, scene: Scene) -> dict[str, float | int]:
        """How a character reads and types here: seconds, signs a second, bubbles. `hold_seconds` 0: not at all."""
        return pacing.as_data(scene.pace)


class SceneChoiceSerializer(serializers.Serializer[Any]):
    scene = serializers.CharField(max_length=20, help_text="The name of a scene preset.")


class SceneListView(APIView):
    @extend_schema(responses=SceneSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Every scene preset, its title in each language of the park."""
        return Response(SceneSerializer(scenes.presets().values(), many=True).data)


class SceneView(APIView):
    @extend_schema(request=SceneChoiceSerializer, responses=ConversationSerializer)
    def put(self, request: Request, public_id: UUID) -> Response:
        """Let the next replies be drawn in another scene."""
        form = SceneChoiceSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        conversation = services.choose_scene(conversation_of(request, public_id), form.validated_data["scene"])
        return Response(ConversationSerializer(conversation).data)
