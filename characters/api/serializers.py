"""What the API says of characters. Nothing here ever carries a storyline's knowledge or scenes, or what is locked."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.core.files.uploadedfile import UploadedFile
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from characters import keys, storylines
from characters.cards import limits
from characters.cards.errors import CardRefused, Refusal
from characters.cards.report import Line, Note
from characters.models import Character, CharacterVersion
from characters.services.review import examine
from characters.services.transfer import unreadable
from characters.wording import finding, note

_TAGLINES = {"type": "object", "additionalProperties": {"type": "string"}}
_DRAFT_FIELDS = ["public_id", "slug", "name", "status", "review_note", "published_at", "updated_at"]
_CARD: dict[str, Any] = {"type": "object", "additionalProperties": True}


class CharacterSummarySerializer(serializers.ModelSerializer[Character]):
    """A character as lists show it."""

    taglines = serializers.SerializerMethodField()
    tags = serializers.ListField(child=serializers.CharField())
    portrait = serializers.SerializerMethodField()

    class Meta:
        model = Character
        fields = [
            "slug",
            "name",
            "taglines",
            "language",
            "rating",
            "scene",
            "tags",
            "accent",
            "likes_count",
            "messages_count",
            "published_at",
            "portrait",
        ]
        read_only_fields = fields

    @extend_schema_field(_TAGLINES)
    def get_taglines(self, character: Character) -> dict[str, str]:
        taglines: dict[str, str] = character.taglines
        return taglines

    @extend_schema_field(OpenApiTypes.URI_REF)
    def get_portrait(self, character: Character) -> str:
        address = reverse("characters:portrait", args=[character.slug, "neutral"])
        return f"{address}?{urlencode({'v': character.look})}"


class TeaserSerializer(serializers.Serializer[Any]):
    """A hidden storyline from outside."""

    public_id = serializers.UUIDField()
    title = serializers.CharField()
    teaser = serializers.CharField()
    scenes_count = serializers.IntegerField()
    free_first_scene = serializers.BooleanField()
    is_owned = serializers.BooleanField()
    is_open = serializers.BooleanField()
    affinity = serializers.IntegerField(help_text="The level of the chat it opens at; 0 is any.")
    after = serializers.CharField(help_text="The title of the storyline that must be open before; empty for none.")
    missing = serializers.ListField(
        child=serializers.ChoiceField(choices=["price", "affinity", "after"]),
        help_text="The locks still closed to the reader. Outside of a chat the level is unknown and counts as 0.",
    )
    offer = serializers.UUIDField(source="offer.public_id")
    price_coins = serializers.IntegerField(source="offer.price_coins")


class SecretsSerializer(serializers.Serializer[Any]):
    """Locked things of one title and one way in, from outside. `affinity` is the level in the chat, 0 is none."""

    title = serializers.CharField()
    count = serializers.IntegerField()
    affinity = serializers.IntegerField()
    is_owned = serializers.BooleanField()
    offer = serializers.UUIDField(source="offer.public_id", default=None, allow_null=True)
    price_coins = serializers.IntegerField(source="offer.price_coins", default=0)


class OutfitSerializer(serializers.Serializer[Any]):
    """Something to wear; not for sale yet."""

    slug = serializers.CharField()
    title = serializers.DictField(child=serializers.CharField())
    note = serializers.DictField(child=serializers.CharField())
    price_coins = serializers.IntegerField()


class CharacterDetailSerializer(CharacterSummarySerializer):
    """A character's page."""

    creator = serializers.CharField(source="owner.name")
    greetings = serializers.SerializerMethodField()
    creator_notes = serializers.SerializerMethodField()
    worldview = serializers.SerializerMethodField()
    storylines = serializers.SerializerMethodField()
    secrets = serializers.SerializerMethodField()
    wardrobe = serializers.SerializerMethodField()
    is_liked = serializers.BooleanField()

    class Meta(CharacterSummarySerializer.Meta):
        fields = [
            *CharacterSummarySerializer.Meta.fields,
            "creator",
            "greetings",
            "creator_notes",
            "worldview",
            "storylines",
            "secrets",
            "wardrobe",
            "is_liked",
        ]
        read_only_fields = fields

    def get_greetings(self, character: Character) -> list[str]:
        return list(keys.opened(character, character.shown_card, self.context["request"].user).greetings)

    def get_creator_notes(self, character: Character) -> str:
        return character.shown_card.creator_notes

    def get_worldview(self, character: Character) -> str:
        return character.shown_card.cardia.worldview

    @extend_schema_field(TeaserSerializer(many=True))
    def get_storylines(self, character: Character) -> Any:
        found = storylines.teasers(_shown(character), self.context["request"].user)
        return TeaserSerializer(found, many=True).data

    @extend_schema_field(SecretsSerializer(many=True))
    def get_secrets(self, character: Character) -> Any:
        found = keys.secrets_of(_shown(character), self.context["request"].user)
        return SecretsSerializer(found, many=True).data

    @extend_schema_field(OutfitSerializer(many=True))
    def get_wardrobe(self, character: Character) -> Any:
        return OutfitSerializer(character.shown_card.cardia.wardrobe, many=True).data


def _shown(character: Character) -> CharacterVersion:
    version = character.published or CharacterVersion(character=character, number=0, card=character.card)
    version.character = character
    return version


class FindingSerializer(serializers.Serializer[Any]):
    """One thing the card doctor says."""

    level = serializers.CharField()
    code = serializers.CharField()
    step = serializers.CharField()
    message = serializers.CharField()


class DraftSerializer(serializers.ModelSerializer[Character]):
    """One's own character with its draft card, and what the doctor says of it."""

    card = serializers.SerializerMethodField()
    findings = serializers.SerializerMethodField()

    class Meta:
        model = Character
        fields = [
            "public_id",
            "slug",
            "name",
            "status",
            "review_note",
            "published_at",
            "updated_at",
            "card",
            "findings",
        ]
        read_only_fields = fields

    @extend_schema_field(_CARD)
    def get_card(self, character: Character) -> Any:
        return character.draft.as_v3(created=int(character.created_at.timestamp()))

    @extend_schema_field(FindingSerializer(many=True))
    def get_findings(self, character: Character) -> Any:
        return [
            {"level": one.level.value, "code": one.code, "step": one.step, "message": finding(one)}
            for one in examine(character)
        ]


class DraftSummarySerializer(serializers.ModelSerializer[Character]):
    class Meta:
        model = Character
        fields = _DRAFT_FIELDS
        read_only_fields = fields


class NewCharacterSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=80)


class CardChangesSerializer(serializers.Serializer[Any]):
    """Fields to change: of the card's V3 `data`, and of our own `extensions.cardia`."""

    data = serializers.DictField(required=False)  # type: ignore[assignment]  # the metaclass takes it off the class
    cardia = serializers.DictField(required=False)


class ImportSerializer(serializers.Serializer[Any]):
    file = serializers.FileField()

    def validate_file(self, upload: UploadedFile[bytes]) -> UploadedFile[bytes]:
        """Refuse what is larger than any card before it is read into memory."""
        if (upload.size or 0) > limits.ARCHIVE_BYTES:
            raise unreadable(CardRefused(Refusal.FILE_TOO_LARGE, "", limit_kib=limits.ARCHIVE_BYTES // 1024))
        return upload


class ReportLineSerializer(serializers.Serializer[Any]):
    path = serializers.CharField()
    note = serializers.CharField()
    message = serializers.CharField()


class ReportSerializer(serializers.Serializer[Any]):
    """What an import did with the file."""

    spec = serializers.CharField()
    container = serializers.CharField()
    kept = ReportLineSerializer(many=True)
    defaulted = ReportLineSerializer(many=True)
    unsupported = ReportLineSerializer(many=True)
    warnings = ReportLineSerializer(many=True)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        groups = ("kept", "defaulted", "unsupported", "warnings")
        return {
            "spec": instance.spec,
            "container": instance.container,
            **{group: [_line(line) for line in getattr(instance, group)] for group in groups},
        }


def _line(line: Line) -> dict[str, str]:
    return {"path": line.path, "note": Note(line.note).value, "message": note(line)}


class ImportedBookSerializer(serializers.Serializer[Any]):
    """A lorebook that came without a character."""

    public_id = serializers.UUIDField()
    name = serializers.CharField()


class ImportedSerializer(serializers.Serializer[Any]):
    """What a file became: `character` or `book`, the other is null."""

    character = DraftSummarySerializer(allow_null=True)
    book = ImportedBookSerializer(allow_null=True)
    report = ReportSerializer()
