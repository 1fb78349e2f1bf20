"""Serves the OpenAI face on the event loop: an answer in one piece takes its time, and keeps no thread from others.

The middlewares for people with sessions and pages stay outside, but for the request's id. Host, key, limits and
language are the views' own business.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import IO, Any

from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.exception import convert_exception_to_response

from companion_site.core.problems import OPENAI_PATH
from companion_site.core.requestid import RequestIdMiddleware

# A body is two megabytes at most; whoever takes longer to send it does not mean to.
BODY_SECONDS = 60.0


def wants(scope: Mapping[str, Any]) -> bool:
    """Whether this request is for the OpenAI face."""
    return scope["type"] == "http" and str(scope["path"]).startswith(OPENAI_PATH)


class FaceHandler(ASGIHandler):
    """Django's handler with one middleware; who leaves ends the view, not the reply."""

    def __init__(self, *, body_seconds: float = BODY_SECONDS) -> None:
        super().__init__()
        self._body_seconds = body_seconds

    def load_middleware(self, is_async: bool = False) -> None:
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        answer = convert_exception_to_response(self._get_response_async)  # type: ignore[attr-defined]
        self._middleware_chain: Any = RequestIdMiddleware(answer)

    async def read_body(self, receive: Any) -> IO[bytes]:
        until = asyncio.get_running_loop().time() + self._body_seconds

        async def in_time() -> Any:
            try:
                async with asyncio.timeout_at(until):
                    return await receive()
            except TimeoutError:
                return {"type": "http.disconnect"}  # a sender who is too slow has gone

        body: IO[bytes] = await super().read_body(in_time)
        return body
