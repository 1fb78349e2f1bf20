"""Bodies of requests that become part of a card: read as a card file is, without trusting them."""

from __future__ import annotations

from typing import IO, Any

from rest_framework.parsers import JSONParser

from characters.cards import limits
from characters.cards.errors import CardRefused
from characters.exceptions import BookRefused
from characters.wording import refusal


class BookParser(JSONParser):
    """JSON within the limits of a card file: depth, count, size, numbers and text that no database refuses."""

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        try:
            value = limits.load_json(stream.read(limits.JSON_BYTES + 1))
        except CardRefused as exc:
            raise BookRefused(refusal(exc), field=exc.path or "$", reason=exc.reason.value, path=exc.path) from exc
        if not isinstance(value, dict):
            raise BookRefused(field="$", reason="wrong_type", path="$")
        return value
