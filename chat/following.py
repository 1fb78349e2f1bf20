"""The one address that bypasses the middlewares: following a reply.

Thousands of readers may hold a stream for minutes. It reads and changes nothing, so it needs no thread of its
own, no CSRF and no page headers; session, sign-in and ownership are checked by the view itself.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from importlib import import_module
from io import BytesIO
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import auth
from django.core.exceptions import SuspiciousOperation
from django.core.handlers.asgi import ASGIRequest
from django.http import Http404, HttpResponse, HttpResponseBadRequest, HttpResponseBase, StreamingHttpResponse
from django.utils.functional import SimpleLazyObject
from rest_framework.exceptions import APIException

from chat.api import views as api
from chat.views import replies
from companion_site.core import problems
from companion_site.core.exceptions import DomainError, NotFound

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]

_PATH = re.compile(r"^/(chat|api/v1)/replies/([0-9a-f-]{36})/stream/$")
_VIEWS = {"chat": replies.stream, "api/v1": api.stream}


def wants(scope: Mapping[str, Any]) -> bool:
    """Whether this request is for a reply's stream."""
    return scope["type"] == "http" and _PATH.match(scope["path"]) is not None


async def follow(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Serve the stream until it ends or its reader has gone."""
    writing = asyncio.ensure_future(_write(scope, send))
    leaving = asyncio.ensure_future(_left(receive))
    try:
        await asyncio.wait({writing, leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        leaving.cancel()
        if not writing.done():
            writing.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        with suppress(asyncio.CancelledError):
            await writing


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _write(scope: dict[str, Any], send: Send) -> None:
    response = await _respond(scope)
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.items()]
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    if isinstance(response, StreamingHttpResponse):
        async for chunk in response:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    elif isinstance(response, HttpResponse):
        await send({"type": "http.response.body", "body": response.content})


async def _respond(scope: dict[str, Any]) -> HttpResponseBase:
    request: Any = ASGIRequest(scope, BytesIO())
    store = import_module(settings.SESSION_ENGINE).SessionStore
    request.session = store(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    request.user = SimpleLazyObject(lambda: auth.get_user(request))
    match = _PATH.match(scope["path"])
    assert match is not None  # by `wants`
    try:
        request.get_host()
        response: HttpResponseBase = await _VIEWS[match[1]](request, public_id=UUID(match[2]))
    except SuspiciousOperation:
        return HttpResponseBadRequest()
    except (Http404, ValueError):
        return problems.json_response(NotFound())
    except DomainError as error:
        return problems.json_response(error)
    except APIException as error:
        return HttpResponse(status=error.status_code)
    return response
