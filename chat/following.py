"""The one address that bypasses the middlewares: following a reply.

Thousands of readers may hold a stream for minutes. It reads and changes nothing, so it needs no thread of its
own, no CSRF and no page headers; session, sign-in and ownership are checked by the view itself.
"""

from __future__ import annotations

import asyncio
import re
import time
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
from chat.readers import Reader, readers
from chat.views import replies
from companion_site.core import problems, sse
from companion_site.core.exceptions import DomainError, NotFound

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]

_PATH = re.compile(r"^/(chat|api/v1)/replies/([0-9a-f-]{36})/stream/$")
_VIEWS = {"chat": replies.stream, "api/v1": api.stream}


def wants(scope: Mapping[str, Any]) -> bool:
    """Whether this request is for a reply's stream."""
    return scope["type"] == "http" and _PATH.match(scope["path"]) is not None


async def follow(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Serve the stream until it ends, its reader has gone, or takes nothing any more."""
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
    request, response = await _respond(scope)
    reader = None
    if isinstance(response, StreamingHttpResponse):
        reader = _reader(scope, request)
        try:
            readers.join(reader)
        except DomainError as error:
            response.close()
            response, reader = problems.json_response(error), None
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.items()]
    try:
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        if reader is not None:
            await _pass_on(response, reader, send)
        elif isinstance(response, HttpResponse):
            await send({"type": "http.response.body", "body": response.content})
    finally:
        if reader is not None:
            readers.leave(reader)


def _reader(scope: Mapping[str, Any], request: Any) -> Reader:
    writing = asyncio.current_task()
    assert writing is not None  # by `follow`
    address = scope["client"][0] if scope.get("client") else ""
    return Reader(request.user.pk, address, scope["path"], writing.cancel)


async def _pass_on(response: Any, reader: Reader, send: Send) -> None:
    """Hand the frames to the server, one piece at a time, as fast as the reader takes them."""
    try:
        async for chunk in response.streaming_content:
            reader.since = time.monotonic()
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
            reader.since = 0.0
    except asyncio.CancelledError:
        if reader.is_stuck:
            _hang_up(send)
        if not reader.is_let_go:
            raise
        await send({"type": "http.response.body", "body": sse.COME_BACK, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def _hang_up(send: Send) -> None:
    """Throw away what waits for somebody who does not read.

    ASGI has no word for it: a connection that is closed in the ordinary way waits until its buffer is taken, and
    here nobody takes it. So this asks uvicorn's own connection, and does nothing under another server.
    """
    transport: Any = getattr(getattr(send, "__self__", None), "transport", None)
    if hasattr(transport, "abort"):
        transport.abort()


async def _respond(scope: dict[str, Any]) -> tuple[Any, HttpResponseBase]:
    """Return the request, with its user, and what the view answers."""
    request: Any = ASGIRequest(scope, BytesIO())
    store = import_module(settings.SESSION_ENGINE).SessionStore
    request.session = store(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    request.user = SimpleLazyObject(lambda: auth.get_user(request))
    match = _PATH.match(scope["path"])
    assert match is not None  # by `wants`
    response: HttpResponseBase
    try:
        request.get_host()
        response = await _VIEWS[match[1]](request, public_id=UUID(match[2]))
    except SuspiciousOperation:
        response = HttpResponseBadRequest()
    except (Http404, ValueError):
        response = problems.json_response(NotFound())
    except DomainError as error:
        response = problems.json_response(error)
    except APIException as error:
        response = HttpResponse(status=error.status_code)
    return request, response
