"""What the API says of lorebooks and their entries."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from characters import trial
from characters.booksettings import HIGHEST as HIGHEST_SETTING
from characters.cards import fields, limits
from characters.entries import Placed
from characters.lorewords import warnings_of
from characters.models import WorldBook
from characters.services.books import NAME_CHARS

_OBJECT: dict[str, Any] = {"type": "object", "additionalProperties": True}


@extend_schema_field(_OBJECT)
class _ObjectField(serializers.JSONField):
    """A JSON object, unknown keys and all."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, dict):
            self.fail("invalid")
        return data


class BookSummarySerializer(serializers.ModelSerializer[WorldBook]):
    """A lorebook as lists show it."""

    personas = serializers.SlugRelatedField(many=True, read_only=True, slug_field="public_id")  # type: ignore[var-annotated]

    class Meta:
        model = WorldBook
        fields = ["public_id", "name", "is_everywhere", "personas", "created_at", "updated_at"]
        read_only_fields = fields


class BookSerializer(BookSummarySerializer):
    """A lorebook without its entries: `book` is what it says of itself, `warnings` what in it will not work."""

    book = serializers.SerializerMethodField()
    entries_count = serializers.SerializerMethodField()
    warnings = serializers.SerializerMethodField()

    class Meta(BookSummarySerializer.Meta):
        fields = [*BookSummarySerializer.Meta.fields, "book", "entries_count", "warnings"]
        read_only_fields = fields

    @extend_schema_field(_OBJECT)
    def get_book(self, book: WorldBook) -> dict[str, Any]:
        return {name: value for name, value in book.data.items() if name != "entries"}

    def get_entries_count(self, book: WorldBook) -> int:
        return len(fields.objects(book.data, "entries"))

    def get_warnings(self, book: WorldBook) -> list[str]:
        return warnings_of(book.data)


class NewBookSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=NAME_CHARS)
    data = _ObjectField(  # type: ignore[assignment]
        required=False, help_text="A Book of Character Card V3, kept with all it holds."
    )


class BookChangesSerializer(serializers.Serializer[Any]):
    """Only what is named changes; null takes a setting away."""

    name = serializers.CharField(max_length=NAME_CHARS, required=False)
    description = serializers.CharField(
        max_length=limits.TEXT_CHARS, required=False, allow_null=True, allow_blank=True, trim_whitespace=False
    )
    scan_depth = serializers.IntegerField(min_value=0, max_value=HIGHEST_SETTING, required=False, allow_null=True)
    token_budget = serializers.IntegerField(min_value=0, max_value=HIGHEST_SETTING, required=False, allow_null=True)
    recursive_scanning = serializers.BooleanField(required=False, allow_null=True)
    is_everywhere = serializers.BooleanField(required=False)


class BookFileSerializer(serializers.Serializer[Any]):
    file = serializers.FileField(help_text="JSON, PNG or CHARX, at most 16 MB.")

    def validate_file(self, upload: Any) -> Any:
        if upload.size > limits.FILE_BYTES:
            raise serializers.ValidationError("The file is larger than 16 MB.")
        return upload


class BookImportedSerializer(serializers.Serializer[Any]):
    """The book that was made, and what the import did with the file."""

    book = BookSerializer()
    report = _ObjectField()


class LoreEntrySerializer(serializers.Serializer[Any]):
    """An entry in its book.

    `ref` addresses it, `seen` names exactly this content of it (for `If-Match`), `warnings` what in it will not work.
    """

    ref = serializers.CharField()
    index = serializers.IntegerField()
    seen = serializers.CharField()
    entry = _ObjectField(source="raw")
    warnings = serializers.SerializerMethodField()

    def get_warnings(self, placed: Placed) -> list[str]:
        return warnings_of({"entries": [placed.raw]})


class LoreEntryPageSerializer(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    count = serializers.IntegerField()
    results = LoreEntrySerializer(many=True)


class LoreOrderSerializer(serializers.Serializer[Any]):
    refs = serializers.ListField(child=serializers.CharField(max_length=60), max_length=limits.BOOK_ENTRIES)


class NewScanSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(
        max_length=trial.CHARS,
        trim_whitespace=False,
        help_text="A message a line, the newest last. Lines that begin with > are the character's.",
    )


class WokenSerializer(serializers.Serializer[Any]):
    """Why one entry is in or out."""

    ref = serializers.CharField()
    name = serializers.CharField()
    is_kept = serializers.BooleanField()
    reason = serializers.CharField()
    detail = serializers.CharField()
    message = serializers.CharField()
    tokens = serializers.IntegerField()
    round = serializers.IntegerField()
    text = serializers.CharField()


class ScanSerializer(serializers.Serializer[Any]):
    rows = WokenSerializer(many=True)
    tokens = serializers.IntegerField()
    budget = serializers.IntegerField()
    left_out = serializers.IntegerField()
