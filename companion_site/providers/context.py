"""Tells every page which model answers."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from companion_site.providers.select import describe


def model(request: HttpRequest) -> dict[str, object]:
    """Give `model_label`, worked out only where a template shows it; waits for no network."""
    return {"model_label": SimpleLazyObject(describe)}
