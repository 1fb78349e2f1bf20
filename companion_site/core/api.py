"""What every API list has in common."""

from __future__ import annotations

from typing import IO, Any

from django.utils.translation import gettext_lazy as _
from rest_framework import pagination, parsers
from rest_framework.exceptions import ParseError


class CursorPagination(pagination.CursorPagination):
    """Newest first, stable under inserts; pages of at most 100."""

    ordering = "-created_at"
    page_size = 24
    page_size_query_param = "page_size"
    max_page_size = 100


class JSONParser(parsers.JSONParser):
    """DRF's parser, which takes JSON nested a thousand deep for a fault of the server."""

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as exc:
            raise ParseError(_("The JSON is nested too deep.")) from exc
