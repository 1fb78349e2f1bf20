"""Files that leave the site: always attachments, never cached, never rendered by a browser."""

from __future__ import annotations

from typing import Protocol

from django.http import HttpResponse
from django.utils.http import content_disposition_header


class Download(Protocol):
    """A file made for somebody."""

    @property
    def filename(self) -> str: ...
    @property
    def content_type(self) -> str: ...
    @property
    def content(self) -> bytes: ...


def attachment(made: Download) -> HttpResponse:
    """Return the answer that hands a file over."""
    response = HttpResponse(made.content, content_type=made.content_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, made.filename) or "attachment"
    response.headers["Cache-Control"] = "private, no-store"
    return response
