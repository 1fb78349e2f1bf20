"""Reports and notices as JSON."""

from __future__ import annotations

from django.conf import settings
from rest_framework import serializers

from moderation import policies
from moderation.models import Case, Notice


class ReportInputSerializer(serializers.Serializer[Case]):
    subject_kind = serializers.ChoiceField(choices=sorted(settings.MODERATION_SUBJECTS))
    subject_id = serializers.UUIDField(help_text="The public id of what is reported.")
    policy = serializers.CharField(required=False, default="", max_length=20)
    text = serializers.CharField(required=False, default="", allow_blank=True, max_length=1000)

    def validate_policy(self, value: str) -> str:
        return value if value in {policy.code for policy in policies.reportable()} else ""


class ReceiptSerializer(serializers.Serializer[Case]):
    """That a report arrived; the case itself is the moderators'."""

    received_at = serializers.DateTimeField()


class NoticeSerializer(serializers.ModelSerializer[Notice]):
    class Meta:
        model = Notice
        fields = ["public_id", "kind", "role", "policy_code", "title", "body", "url", "created_at", "read_at"]
        read_only_fields = fields


class CaseSerializer(serializers.ModelSerializer[Case]):
    class Meta:
        model = Case
        fields = [
            *("public_id", "subject_kind", "subject_id", "title", "family", "source", "status", "severity"),
            *("policy_hint", "findings", "reach", "created_at", "sla_due_at"),
        ]
        read_only_fields = fields
