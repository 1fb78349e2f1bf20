"""Gives every request an id, puts it into every log line and returns it to the client."""

from __future__ import annotations

import logging
import re
import uuid
from contextvars import ContextVar
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest

request_id: ContextVar[str] = ContextVar("request_id", default="-")
_SAFE = re.compile(r"^[A-Za-z0-9._-]{8,64}$")


class RequestIdFilter(logging.Filter):
    """Adds `request_id` to each record, `-` outside a request."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


class RequestIdMiddleware:
    """Takes a sane `X-Request-ID` from a proxy or makes one."""

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
        value = self._begin(request)
        response = self.get_response(request)
        response["X-Request-ID"] = value
        return response

    async def _acall(self, request: HttpRequest) -> Any:
        value = self._begin(request)
        response = await self.get_response(request)
        response["X-Request-ID"] = value
        return response

    def _begin(self, request: HttpRequest) -> str:
        given = request.headers.get("X-Request-ID", "")
        value = given if _SAFE.match(given) else uuid.uuid4().hex
        request_id.set(value)
        return value
