"""The account over the API."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import services
from accounts.api.serializers import MeChangeSerializer, MeSerializer, PersonaInputSerializer, PersonaSerializer
from accounts.models import Persona, User


class MeView(APIView):
    """The signed-in person."""

    @extend_schema(responses=MeSerializer)
    def get(self, request: Request) -> Response:
        user: User = request.user  # type: ignore[assignment]
        return Response(MeSerializer(user).data)

    @extend_schema(request=MeChangeSerializer, responses=MeSerializer)
    def patch(self, request: Request) -> Response:
        user: User = request.user  # type: ignore[assignment]
        given = MeChangeSerializer(user, data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        return Response(MeSerializer(services.update_profile(user, **given.validated_data)).data)


class PersonaListView(generics.ListAPIView[Persona]):
    """The person's personas."""

    serializer_class = PersonaSerializer
    queryset = Persona.objects.none()

    def get_queryset(self) -> QuerySet[Persona]:
        return Persona.objects.owned_by(self.request.user)  # type: ignore[arg-type]

    @extend_schema(request=PersonaInputSerializer, responses={201: PersonaSerializer})
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        given = PersonaInputSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        persona = services.save_persona(request.user, **given.validated_data)  # type: ignore[arg-type]
        return Response(PersonaSerializer(persona).data, status=status.HTTP_201_CREATED)
