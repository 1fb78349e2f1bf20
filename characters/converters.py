"""Path converters shared by pages and API."""

from __future__ import annotations

from django.urls import register_converter
from django.urls.converters import StringConverter


class FormatConverter(StringConverter):
    """The card formats one may download."""

    regex = "png|json"


register_converter(FormatConverter, "cardformat")
