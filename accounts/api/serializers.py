"""What the API says of an account."""

from __future__ import annotations

from rest_framework import serializers

from accounts.models import Persona, User


class MeSerializer(serializers.ModelSerializer[User]):
    is_adult = serializers.BooleanField(read_only=True)

    class Meta:
        model = User
        fields = ["public_id", "email", "display_name", "language", "theme", "pace", "time_zone", "region", "is_adult"]
        read_only_fields = fields


class MeChangeSerializer(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ["display_name", "language", "theme", "pace", "time_zone", "region"]


class PersonaSerializer(serializers.ModelSerializer[Persona]):
    class Meta:
        model = Persona
        fields = ["public_id", "name", "description", "is_default", "created_at"]
        read_only_fields = fields


class PersonaInputSerializer(serializers.Serializer[Persona]):
    name = serializers.CharField(max_length=40)
    description = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")
