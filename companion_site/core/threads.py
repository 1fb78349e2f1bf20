"""Django's ASGI handler on lasting threads.

Django gives each request a thread of its own, and with it a new database connection: some five
milliseconds before the first line of a view. Here a thread is lent to one request after the other, and
its connection with it; `CONN_MAX_AGE` and the health checks hold as they do under WSGI.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any

from asgiref.sync import ThreadSensitiveContext
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler

Receive = Callable[[], Awaitable[dict[str, Any]]]

# A sender must send something that often, and be done by then; a phone with a bad line and a photo is.
PAUSE_SECONDS = 20.0
BODY_SECONDS = 300.0
# Threads that may wait for the next request. More are made when more requests come at once, and ended after.
IDLE_THREADS = 12


class _Received:
    """The rest of a request whose body has been read."""

    def __init__(self, body: IO[bytes], receive: Receive) -> None:
        self.body = body
        self._receive = receive

    async def __call__(self) -> dict[str, Any]:
        return await self._receive()


class _Impatient:
    """A request whose sender may not pause for long."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive

    async def __call__(self) -> dict[str, Any]:
        async with asyncio.timeout(PAUSE_SECONDS):
            return await self._receive()


class LastingThreadsHandler(ASGIHandler):
    """Serves every request in one thread, as Django does, but not in a new one."""

    def __init__(self) -> None:
        super().__init__()
        self._idle: deque[ThreadPoolExecutor] = deque()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        # A slow sender must not keep a thread waiting: its body is read first.
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await super().read_body(_Impatient(receive))
        except RequestAborted:
            return
        except TimeoutError:
            await send({"type": "http.response.start", "status": 408, "headers": [(b"connection", b"close")]})
            await send({"type": "http.response.body", "body": b""})
            return
        thread = self._idle.pop() if self._idle else ThreadPoolExecutor(1, thread_name_prefix="request")
        try:
            async with ThreadSensitiveContext(executor=thread):
                await self.handle(scope, _Received(body, receive), send)
        finally:
            if len(self._idle) < IDLE_THREADS:
                self._idle.append(thread)
            else:
                thread.shutdown(wait=False)

    async def read_body(self, receive: Any) -> Any:
        return receive.body if isinstance(receive, _Received) else await super().read_body(receive)
