"""Reporting, notices, and the moderators' queue over the API."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.permissions import is_moderator
from companion_site.core.exceptions import NotFound
from moderation import services
from moderation.api.serializers import CaseSerializer, NoticeSerializer, ReceiptSerializer, ReportInputSerializer
from moderation.models import Case, Notice


class ReportListView(APIView):
    """Readers' reports."""

    throttle_scope = "report"

    @extend_schema(request=ReportInputSerializer, responses={201: ReceiptSerializer})
    def post(self, request: Request) -> Response:
        given = ReportInputSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        said = given.validated_data
        services.attach_report(
            request.user,  # type: ignore[arg-type]
            said["subject_kind"],
            said["subject_id"],
            policy_hint=said["policy"],
            text=said["text"],
        )
        return Response({"received_at": timezone.now().isoformat()}, status=status.HTTP_201_CREATED)


class NoticeListView(generics.ListAPIView[Notice]):
    """What the reader was told, newest first."""

    serializer_class = NoticeSerializer
    queryset = Notice.objects.none()

    def get_queryset(self) -> QuerySet[Notice]:
        return Notice.objects.owned_by(self.request.user)


class IsModerator(BasePermission):
    """Others are told that there is nothing here."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not is_moderator(request.user):
            raise NotFound
        return True


class CaseListView(generics.ListAPIView[Case]):
    """Open cases, newest first; moderators only."""

    permission_classes = [IsAuthenticated, IsModerator]
    serializer_class = CaseSerializer
    queryset = Case.objects.none()

    def get_queryset(self) -> QuerySet[Case]:
        return Case.objects.visible_to(self.request.user).open()
