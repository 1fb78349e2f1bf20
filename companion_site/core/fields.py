"""Model fields that Django has not."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.types.json import Json


class ExactJSONField(models.JSONField):
    """JSON that comes back as it went in: order of keys, 2.0 beside 2, 1e300.

    PostgreSQL's `jsonb` sorts keys and rewrites numbers, so there the column is `json`, which keeps the text. It
    cannot be compared or searched inside by the database.
    """

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        return "json" if connection.vendor == "postgresql" else super().db_type(connection)

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        wrapped = super().get_db_prep_value(value, connection, prepared)
        # Django wraps what it sends to PostgreSQL in psycopg's Jsonb, and that would rewrite it on the way.
        if connection.vendor == "postgresql" and hasattr(wrapped, "obj"):
            return Json(wrapped.obj, dumps=wrapped.dumps)
        return wrapped

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:
        # psycopg reads `json` by itself.
        return super().from_db_value(value, expression, connection) if isinstance(value, str) else value
