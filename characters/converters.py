"""Path converters shared by pages and API."""

from __future__ import annotations

from django.urls import register_converter
from django.urls.converters import StringConverter


class FormatConverter(StringConverter):
    """The card formats one may download, by the ending of the file: `card.png` is the V3 PNG."""

    regex = r"v2\.png|png|json|charx"

    def to_python(self, value: str) -> str:
        return {"v2.png": "v2-png", "png": "v3-png"}.get(value, value)

    def to_url(self, value: str) -> str:
        return {"v2-png": "v2.png", "v3-png": "png"}.get(value, value)


register_converter(FormatConverter, "cardformat")


class EntryRefConverter(StringConverter):
    """How `characters.entries` addresses an entry of a lorebook."""

    regex = r"[0-9]{1,16}|t[0-9a-f]{16}|c[0-9a-f]{16}\.[0-9]{1,5}"


class BookFormatConverter(StringConverter):
    """The lorebook formats one may download."""

    regex = "lorebook_v3|sillytavern"


register_converter(EntryRefConverter, "entryref")
register_converter(BookFormatConverter, "bookformat")
