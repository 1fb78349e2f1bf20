"""Applies a signed-in reader's language and time zone, and leads new accounts to the age door."""

from __future__ import annotations

import zoneinfo
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import urlencode

from accounts.exceptions import AgeUnknown
from companion_site.core import problems


class PreferencesMiddleware:
    """Reads the preferences of the session's user; costs the one user query every page needs anyway."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        if self.is_async:
            return self._acall(request)
        self._apply(request)
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", translation.get_language() or settings.LANGUAGE_CODE)
        return response

    async def _acall(self, request: HttpRequest) -> Any:
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            await sync_to_async(lambda: request.user.is_authenticated)()
        self._apply(request)
        response = await self.get_response(request)
        response.headers.setdefault("Content-Language", translation.get_language() or settings.LANGUAGE_CODE)
        return response

    def _apply(self, request: HttpRequest) -> None:
        # Without a session cookie nobody is signed in: touching `user` would query for nothing.
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
            timezone.deactivate()
            return
        user = request.user
        translation.activate(user.language)
        request.LANGUAGE_CODE = translation.get_language()
        try:
            timezone.activate(zoneinfo.ZoneInfo(user.time_zone))
        except zoneinfo.ZoneInfoNotFoundError:
            timezone.deactivate()


class AgeDoorMiddleware:
    """Asks a new account for its age and the AI notice before it may enter any room of the park.

    Both are written together (`services.enter_park`), so a known date of birth means a given notice.
    """

    sync_capable = True
    async_capable = True

    # Reachable without an age: the door itself, signing in and out, help, and what machines ask.
    OPEN = (
        "/settings/",
        "/account/",
        "/operator/",
        "/safety/",
        "/about-ai/",
        "/static/",
        "/media/",
        "/healthz",
        # Keys, not sessions; it asks for the age in its own way.
        "/v1/",
        "/readyz",
    )

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or request.path.startswith(self.OPEN):
            return None
        user = request.user
        if not user.is_authenticated or user.birth_on is not None:
            return None
        if request.path.startswith("/api/"):
            return problems.json_response(AgeUnknown())
        target = request.get_full_path() if request.method == "GET" else "/"
        return redirect(f"{reverse('accounts:age')}?{urlencode({'next': target})}")
