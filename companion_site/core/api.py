"""What every API list has in common."""

from __future__ import annotations

from rest_framework import pagination


class CursorPagination(pagination.CursorPagination):
    """Newest first, stable under inserts; pages of at most 100."""

    ordering = "-created_at"
    page_size = 24
    page_size_query_param = "page_size"
    max_page_size = 100
