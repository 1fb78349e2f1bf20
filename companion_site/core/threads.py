"""Django's ASGI handler on lasting threads.

Django gives each request a thread of its own, and with it a new database connection: some five
milliseconds before the first line of a view. Here a thread is lent to one request after the other, and
its connection with it; `CONN_MAX_AGE` and the health checks hold as they do under WSGI.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any
from weakref import WeakKeyDictionary

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.signals import request_started
from django.http import FileResponse
from django.urls import set_script_prefix

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]

RETRY_SECONDS = 3


@dataclass(frozen=True, slots=True)
class Patience:
    """How many requests are served at once, and how long each may keep the others waiting.

    A request that has a thread has a database connection: more of them would only fight for the interpreter, and a
    database has so many connections. The next ones wait in the order they came.
    """

    threads: int = 8
    wait_seconds: float = 10.0
    # A sender must send something that often, and be done by then; a phone with a bad line and a photo is.
    pause_seconds: float = 20.0
    body_seconds: float = 300.0


class _Received:
    """The rest of a request whose body has been read."""

    def __init__(self, body: IO[bytes], receive: Receive) -> None:
        self.body = body
        self._receive = receive

    async def __call__(self) -> dict[str, Any]:
        return await self._receive()


class _Impatient:
    """A request whose sender may not pause for long: it is treated as gone, which ends the reading of its body."""

    def __init__(self, receive: Receive, patience: Patience) -> None:
        self._receive = receive
        self._pause = patience.pause_seconds
        self._until = time.monotonic() + patience.body_seconds
        self.is_late = False

    async def __call__(self) -> dict[str, Any]:
        try:
            async with asyncio.timeout(min(self._pause, self._until - time.monotonic())):
                return await self._receive()
        except TimeoutError:
            self.is_late = True
            return {"type": "http.disconnect"}


class _Threads:
    """The threads of one event loop, lent to one request after the other."""

    def __init__(self, patience: Patience) -> None:
        self._wait_seconds = patience.wait_seconds
        self._free = asyncio.Semaphore(patience.threads)
        self._idle: deque[ThreadPoolExecutor] = deque()

    async def lend(self) -> ThreadPoolExecutor:
        """Return a thread; raise `TimeoutError` when none becomes free in time."""
        if self._free.locked():
            async with asyncio.timeout(self._wait_seconds):
                await self._free.acquire()
        else:
            await self._free.acquire()
        return self._idle.pop() if self._idle else ThreadPoolExecutor(1, thread_name_prefix="request")

    def take_back(self, thread: ThreadPoolExecutor) -> None:
        self._idle.append(thread)
        self._free.release()


class _Loan:
    """A thread lent to a request until it answers: who takes the answer slowly keeps no thread from others."""

    def __init__(self, threads: _Threads, thread: ThreadPoolExecutor, send: Send) -> None:
        self._threads = threads
        self._thread = thread
        self._send = send
        self._is_over = False

    async def send(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.end()
        await self._send(message)

    def end(self) -> None:
        """Give the thread back, once. What is left of the request to do there stands in line with the next one."""
        if not self._is_over:
            self._is_over = True
            self._threads.take_back(self._thread)


class LastingThreadsHandler(ASGIHandler):
    """Serves every request in one thread, as Django does, but not in a new one."""

    def __init__(self, patience: Patience | None = None) -> None:
        super().__init__()
        self._patience = patience or Patience()
        self._threads: WeakKeyDictionary[asyncio.AbstractEventLoop, _Threads] = WeakKeyDictionary()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        # A slow sender must not keep a thread waiting: its body is read first.
        sender = _Impatient(receive, self._patience)
        try:
            body = await super().read_body(sender)
        except RequestAborted:
            if sender.is_late:
                await _answer(send, 408, (b"connection", b"close"))
            return
        threads = self._threads.setdefault(asyncio.get_running_loop(), _Threads(self._patience))
        try:
            thread = await threads.lend()
        except TimeoutError:
            body.close()
            await _answer(send, 503, (b"retry-after", b"%d" % RETRY_SECONDS))
            return
        loan = _Loan(threads, thread, send)
        try:
            async with ThreadSensitiveContext(executor=thread):
                await self.handle(scope, _Received(body, receive), loan.send)
        finally:
            loan.end()

    def load_middleware(self, is_async: bool = False) -> None:
        # Half of the middlewares know only threads. As one sync chain a request goes to its thread once and comes
        # back once; in Django's async chain it goes to and fro at every change.
        super().load_middleware(is_async=False)

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request, until it is answered or nobody waits for the answer any more."""
        body = await self.read_body(receive)
        set_script_prefix(get_script_prefix(scope))
        serving = asyncio.ensure_future(self._serve(scope, body, send))
        leaving = asyncio.ensure_future(self.listen_for_disconnect(receive))
        try:
            await asyncio.wait({serving, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            if not serving.done():
                serving.cancel()  # asgiref tells an async view; a sync one runs to its end
            await asyncio.gather(leaving, return_exceptions=True)
            with suppress(asyncio.CancelledError):
                await serving

    async def _serve(self, scope: Any, body: IO[bytes], send: Any) -> None:
        response = await sync_to_async(self._respond, thread_sensitive=True)(scope, body)
        try:
            await self.send_response(response, send)
        finally:
            if response.streaming:
                await sync_to_async(response.close, thread_sensitive=True)()
            body.close()

    def _respond(self, scope: Any, body: IO[bytes]) -> Any:
        """Do all that Django does for a request, in one visit to its thread: each costs more than a query."""
        request_started.send(sender=self.__class__, scope=scope)
        request, refusal = self.create_request(scope, body)
        response: Any = self.get_response(request) if request is not None else refusal
        if isinstance(response, FileResponse):
            response.block_size = self.chunk_size
        response._handler_class = self.__class__
        if not response.streaming:
            response.close()
        return response

    async def read_body(self, receive: Any) -> Any:
        return receive.body if isinstance(receive, _Received) else await super().read_body(receive)


async def _answer(send: Send, status: int, header: tuple[bytes, bytes]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [header]})
    await send({"type": "http.response.body", "body": b""})
