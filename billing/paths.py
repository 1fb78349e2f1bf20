"""Where a page may send its reader on to: our own pages only."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

LONGEST = 500


def local_path(request: HttpRequest, path: str) -> str:
    """Return `path` where it is a path of this site, empty for anything else (another host, `//`, `javascript:`)."""
    is_ours = path.startswith("/") and url_has_allowed_host_and_scheme(
        path, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return path if is_ours and len(path) <= LONGEST else ""
