"""The smallest browser a benchmark needs: cookies, CSRF, kept-alive requests, one event stream at a time."""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlencode

Headers = dict[str, str]
# Of every account that `bench.park` makes, in a database that lives as long as the measurement.
PASSWORD = "a long enough bench password"  # noqa: S105


@dataclass(slots=True)
class Answer:
    status: int
    headers: Headers
    body: bytes


@dataclass(slots=True)
class Heard:
    """What a reader of a reply noticed: the time of each piece of text, and how it ended."""

    first_at: float = 0.0
    frames: int = 0
    characters: int = 0
    has_ended: bool = False


@dataclass(slots=True)
class Browser:
    port: int
    # Where it comes from: the sign-in is limited by address, and fifty fans are not one.
    address: str = "127.0.0.1"
    cookies: dict[str, str] = field(default_factory=dict)
    _streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str) -> Answer:
        return await self._ask("GET", path, b"", {})

    async def post(self, path: str, fields: dict[str, str], *, fragment: bool = False) -> Answer:
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-CSRFToken": self.cookies.get("csrftoken", ""),
            "Referer": f"http://127.0.0.1:{self.port}/",
        }
        if fragment:
            headers["HX-Request"] = "true"
        return await self._ask("POST", path, urlencode(fields).encode(), headers)

    async def sign_in(self, email: str, password: str) -> None:
        await self.get("/account/login/")
        answer = await self.post("/account/login/", {"login": email, "password": password})
        if answer.status != 302:
            raise RuntimeError(f"sign-in answered {answer.status}")

    async def close(self) -> None:
        """Hang up; the next request connects anew, with the same cookies."""
        if self._streams is not None:
            await _hang_up(self._streams[1])
            self._streams = None

    async def listen(self, path: str) -> Heard:
        """Follow an event stream to its end, on a connection of its own as browsers do."""
        reader, writer = await self._connect()
        writer.write(self._head("GET", path, 0, {"Accept": "text/event-stream"}))
        heard = Heard()
        try:
            while chunk := await reader.read(65536):
                if b"event: delta" in chunk:
                    heard.first_at = heard.first_at or time.perf_counter()
                    heard.frames += chunk.count(b"event: delta")
                    for text in re.findall(rb'data: {"t":"([^"]*)"}', chunk):
                        heard.characters += len(text.decode())
                if b"event: done" in chunk:
                    heard.has_ended = b'"status":"complete"' in chunk
                    break
        finally:
            await _hang_up(writer)
        return heard

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port, local_addr=(self.address, 0))

    async def _ask(self, method: str, path: str, body: bytes, headers: Headers) -> Answer:
        request = self._head(method, path, len(body), headers) + body
        if self._streams is not None and self._streams[0].at_eof():
            await self.close()
        if self._streams is None:
            self._streams = await self._connect()
        reader, writer = self._streams
        writer.write(request)
        raw = await reader.readuntil(b"\r\n\r\n")
        answer = Answer(int(raw.split(b" ", 2)[1]), self._headers(raw.decode("latin-1")), b"")
        answer.body = await self._body(reader, answer.headers)
        return answer

    async def _body(self, reader: asyncio.StreamReader, headers: Headers) -> bytes:
        if "content-length" in headers:
            return await reader.readexactly(int(headers["content-length"]))
        body = b""
        while headers.get("transfer-encoding") == "chunked":
            size = int((await reader.readline()).strip(), 16)
            body += (await reader.readexactly(size + 2))[:-2]
            if not size:
                break
        return body

    def _head(self, method: str, path: str, length: int, headers: Headers) -> bytes:
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}"]
        if self.cookies:
            lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        if method == "POST":
            lines.append(f"Content-Length: {length}")
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def _headers(self, raw: str) -> Headers:
        headers: Headers = {}
        for line in raw.split("\r\n")[1:]:
            name, _, value = line.partition(": ")
            if name.lower() == "set-cookie":
                key, _, cookie = value.partition(";")[0].partition("=")
                self.cookies[key] = cookie
            headers[name.lower()] = value
        return headers


async def _hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
