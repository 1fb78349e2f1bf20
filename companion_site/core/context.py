"""What every page may know."""

from __future__ import annotations

from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    """Theme and language of this reader."""
    theme = request.COOKIES.get("theme", "night")
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        theme = user.theme
    return {"theme": theme if theme in {"night", "paper"} else "night"}
