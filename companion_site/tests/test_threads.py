"""Requests share a few lasting threads: so many at once, in the order they came, and none held by a slow reader."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
from django.http import HttpResponse
from django.urls import path

from companion_site.core.threads import LastingThreadsHandler, Patience


def _slow(request):
    SEEN.append(threading.current_thread().name)
    time.sleep(0.02)
    return HttpResponse(b"x" * 200_000)


SEEN: list[str] = []
urlpatterns = [path("slow/", _slow)]


@pytest.fixture(autouse=True)
def _one_page(settings):
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = []
    SEEN.clear()


class Client:
    """One request over plain ASGI; a `lazy` one takes the head of the answer and nothing more."""

    def __init__(self, pages: LastingThreadsHandler, *, lazy: bool = False, body: bytes | None = b"") -> None:
        self.pages = pages
        self.lazy = lazy
        self.body = body
        self.sent: list[dict] = []
        self.leaves = asyncio.Event()
        self.has_head = asyncio.Event()

    async def receive(self):
        if self.body is None:
            await asyncio.sleep(3600)
        if self.body == b"":
            self.body = b"read"
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.leaves.wait()
        return {"type": "http.disconnect"}

    async def send(self, message):
        self.sent.append(message)
        self.has_head.set()
        if self.lazy and message["type"] == "http.response.body":
            await self.leaves.wait()

    async def ask(self) -> int:
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/slow/",
            "headers": [(b"host", b"localhost")],
            "query_string": b"",
            "server": ("localhost", 80),
        }
        await self.pages(scope, self.receive, self.send)
        return self.sent[0]["status"]


async def test_sixty_four_requests_at_once_share_the_threads_there_are():
    pages = LastingThreadsHandler(Patience(threads=4))

    answers = await asyncio.gather(*[Client(pages).ask() for _ in range(64)])

    assert answers == [200] * 64
    assert len(SEEN) == 64
    assert len(set(SEEN)) <= 4


async def test_who_reads_the_answer_slowly_holds_no_thread():
    pages = LastingThreadsHandler(Patience(threads=2))
    lazy = [Client(pages, lazy=True) for _ in range(8)]
    asking = [asyncio.create_task(client.ask()) for client in lazy]
    await asyncio.gather(*[client.has_head.wait() for client in lazy])

    answer = await Client(pages).ask()

    assert answer == 200
    for client in lazy:
        client.leaves.set()
    assert await asyncio.gather(*asking) == [200] * 8


async def test_who_waits_too_long_for_a_thread_is_told_to_come_back():
    pages = LastingThreadsHandler(Patience(threads=1, wait_seconds=0.001))

    first, second = Client(pages), Client(pages)
    answers = await asyncio.gather(first.ask(), second.ask())

    assert answers == [200, 503]
    assert second.sent[0]["headers"] == [(b"retry-after", b"3")]
    assert len(SEEN) == 1


async def test_a_body_that_never_comes_ends_with_its_time():
    pages = LastingThreadsHandler(Patience(pause_seconds=0.01))

    answer = await Client(pages, body=None).ask()

    assert answer == 408
    assert SEEN == []
