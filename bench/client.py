"""Fans under load: raw protocols on kept-alive connections, one turn after the other, every token's lag noted.

`bench.browser` is the browser of a single story; this one hears thousands of tokens a second in a small share of a
core. What a fan hears are the fake's own words (`bench.words`): each says when it left the model.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import time
import uuid
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, cast
from urllib.parse import urlencode

from bench.upstream import QUARTERS
from bench.words import SPAN, Reader

Face = Literal["page", "api", "bare"]
# Nothing here is a strong feeling: a reflex would answer before the model and flatter the figure.
MESSAGES = ("今晚的雪好大", "你在做什么", "我路过，进来坐坐", "山下的镇子还亮着灯", "这碗粥是给我的？", "明早还下吗")  # noqa: RUF001
_STREAM = re.compile(rb"/chat/replies/[0-9a-f-]{36}/stream/")
# Our own frames, or those of a model's server that a bare server passes on.
_TEXT = re.compile(rb'(?:data: \{"t":|"content":)"([^"]*)"')
_LAST_CHUNK = b"\r\n0\r\n\r\n"
_MS = 1000
_LONGEST_TURN = 600.0


class Refused(Exception):
    """The server would not."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status = status
        title = re.search(rb"<title>(.*?)</title>|problem__title\">(.*?)<|\"title\": ?\"(.*?)\"", body, re.DOTALL)
        super().__init__(f"{status}: {title[title.lastindex or 0].decode() if title else body[:200]!r}")


@dataclass(slots=True)
class Heard:
    """What a reader noticed of a reply. Times are seconds of the machine's monotonic clock."""

    began: float = 0.0
    first_at: float = 0.0
    ended_at: float = 0.0
    upstream_seconds: float = 0.0
    lags_ms: array[float] = field(default_factory=lambda: array("f"))
    heard_at: array[float] = field(default_factory=lambda: array("d"))
    frames: int = 0
    is_complete: bool = False
    reader: Reader = field(default_factory=Reader)
    is_first: bool = True
    sent_ms: int = 0

    def feed(self, data: bytes, now: float) -> None:
        """Take whole events of the stream."""
        for raw in _TEXT.findall(data):
            self.frames += 1
            for number in self.reader.feed(raw.decode()):
                self._hear(number, now)
        if b"event: done" in data:
            self.is_complete = b'"status":"complete"' in data
        elif b"[DONE]" in data:
            self.is_complete = True

    def _hear(self, number: int, now: float) -> None:
        if self.is_first:
            self.is_first = False
            self.first_at = now
            self.upstream_seconds = number / QUARTERS
            return
        # A word says when within sixteen seconds; which sixteen, the word before it says.
        if self.sent_ms:
            self.sent_ms += (number - self.sent_ms) % SPAN
        else:
            self.sent_ms = round(now * _MS - (now * _MS - number) % SPAN)
        self.lags_ms.append(now * _MS - self.sent_ms)
        self.heard_at.append(now)

    @property
    def added_ms(self) -> float:
        """From sending to the first words, without what the model's server took for them."""
        return (self.first_at - self.began - self.upstream_seconds) * _MS


class Line(asyncio.Protocol):
    """One connection: a request at a time, its answer whole or as it streams."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.buffer = b""
        self.status = 0
        self.length: int | None = None
        self.head = b""
        self.heard: Heard | None = None
        self.on_first: Callable[[], None] | None = None
        self.answered: asyncio.Future[bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's are not of asyncio's class.
        self.transport = cast("asyncio.Transport", transport)
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        self._end(self.buffer)

    def ask(self, request: bytes, heard: Heard | None = None) -> asyncio.Future[bytes]:
        """Send a request; the future is its body, "" for a stream, whose events `heard` takes as they come."""
        assert self.transport is not None
        self.buffer, self.status, self.heard = b"", 0, heard
        self.answered = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self.answered

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        self.buffer = self.buffer + data if self.buffer else data
        if not self.status and not self._take_head():
            return
        if self.heard is not None and self.status == 200:
            self._follow(self.heard, now)
        elif self.length is None:
            if self.buffer.endswith(_LAST_CHUNK) or self.buffer == _LAST_CHUNK[2:]:
                self._end(_dechunked(self.buffer))
        elif len(self.buffer) >= self.length:
            self._end(self.buffer)

    def _take_head(self) -> bool:
        head, separator, rest = self.buffer.partition(b"\r\n\r\n")
        if not separator:
            return False
        self.head, self.buffer, self.status = head, rest, int(head[9:12])
        found = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        self.length = int(found[1]) if found else None
        return True

    def _follow(self, heard: Heard, now: float) -> None:
        cut = self.buffer.rfind(b"\n\n") + 2
        if cut > 1:
            is_first = heard.is_first
            heard.feed(self.buffer[:cut], now)
            if is_first and not heard.is_first and self.on_first is not None:
                self.on_first()
            if self.buffer.endswith(_LAST_CHUNK):
                heard.ended_at = now
                self._end(b"")
            self.buffer = self.buffer[cut:]
        elif self.buffer.endswith(_LAST_CHUNK):
            heard.ended_at = now
            self._end(b"")

    def _end(self, body: bytes) -> None:
        if self.answered is not None and not self.answered.done():
            self.answered.set_result(body)


def _dechunked(raw: bytes) -> bytes:
    body, at = b"", 0
    while True:
        end = raw.index(b"\r\n", at)
        size = int(raw[at:end], 16)
        if not size:
            return body
        body += raw[end + 2 : end + 2 + size]
        at = end + 4 + size


@dataclass(slots=True)
class Fan:
    """One fan at one browser, signed in; `room` comes from `bench.park`."""

    port: int
    room: dict[str, str]
    face: Face = "page"
    on_first: Callable[[], None] | None = None
    line: Line = field(default_factory=Line)

    async def turn(self, number: int) -> Heard:
        """Say something and hear the whole reply."""
        heard = Heard(began=time.monotonic())
        text = MESSAGES[number % len(MESSAGES)]
        if self.face == "bare":
            await self._say("/", json.dumps({"text": text}).encode(), "application/json", heard)
            return heard
        await self.follow(await (self._post(text) if self.face == "page" else self._post_json(text)), heard)
        return heard

    async def begin(self) -> bytes:
        """Say something; return where the reply can be followed."""
        return await self._post(MESSAGES[0])

    async def _post(self, text: str) -> bytes:
        fields = urlencode({"text": text, "client_id": uuid.uuid4().hex}).encode()
        body = await self._say(f"/chat/{self.room['chat']}/messages/", fields, "application/x-www-form-urlencoded")
        found = _STREAM.search(body)
        if found is None:
            raise Refused(self.line.status, body)
        return found[0]

    async def _post_json(self, text: str) -> bytes:
        words = json.dumps({"text": text, "client_id": uuid.uuid4().hex}).encode()
        body = await self._say(f"/api/v1/conversations/{self.room['chat']}/messages/", words, "application/json")
        if self.line.status != 202:
            raise Refused(self.line.status, body)
        return f"/api/v1/replies/{json.loads(body)['reply']['id']}/stream/".encode()

    async def _say(self, path: str, body: bytes, kind: str, heard: Heard | None = None) -> bytes:
        request = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {len(body)}\r\nX-CSRFToken: {self.room.get('csrf', '')}\r\nHX-Request: true\r\n"
            f"Referer: http://127.0.0.1:{self.port}/\r\n{self._cookies()}\r\n"
        ).encode()
        return await self._ask(request + body, heard)

    async def follow(self, path: bytes, heard: Heard) -> None:
        """Hear a reply to its end."""
        head = f" HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nAccept: text/event-stream\r\n{self._cookies()}\r\n"
        body = await self._ask(b"GET " + path + head.encode(), heard)
        if self.line.status != 200:
            raise Refused(self.line.status, body)

    async def _ask(self, request: bytes, heard: Heard | None) -> bytes:
        if self.line.transport is None:
            self.line = Line()
            self.line.on_first = self.on_first
            await asyncio.get_running_loop().create_connection(lambda: self.line, "127.0.0.1", self.port)
        async with asyncio.timeout(_LONGEST_TURN):
            return await self.line.ask(request, heard)

    def _cookies(self) -> str:
        if "session" not in self.room:
            return ""
        return f"Cookie: sessionid={self.room['session']}; csrftoken={self.room['csrf']}\r\n"

    def close(self) -> None:
        """Hang up."""
        if self.line.transport is not None:
            self.line.transport.close()
