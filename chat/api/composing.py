"""Stage directions and drafts over the API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from django.db import connections
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chat import drafting, jobs, services
from chat.api.access import conversation_of, me, start_reply
from chat.api.serializers import NewMessageSerializer, TurnSerializer


class DraftedLineSerializer(serializers.Serializer[Any]):
    """A line the fan could say next."""

    text = serializers.CharField()


class DirectionView(APIView):
    throttle_scope = "chat"

    @extend_schema(request=NewMessageSerializer, responses={202: TurnSerializer})
    def post(self, request: Request, public_id: UUID) -> Response:
        """Give a stage direction: nobody says it, and the reply that follows it is being written when this answers."""
        form = NewMessageSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        with jobs.admit(me(request).pk):
            sent = services.direct(conversation_of(request, public_id), me(request), **form.validated_data)
            if sent.is_new:
                start_reply(request, sent.message.conversation_id, sent.reply)
        return Response(TurnSerializer(sent).data, status=status.HTTP_202_ACCEPTED)


class DraftView(APIView):
    throttle_scope = "chat"

    @extend_schema(request=None, responses=DraftedLineSerializer)
    def post(self, request: Request, public_id: UUID) -> Response:
        """Suggest what the fan could say next, in their own manner. Nothing is sent and nothing is stored."""
        with jobs.admit(me(request).pk):
            opened = services.open_draft(conversation_of(request, public_id), me(request))
            _release()
            text = async_to_sync(drafting.write)(opened)
        return Response({"text": text})


def _release() -> None:
    """Give this thread's database connections back: a model may take seconds, and has no use for them."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()
