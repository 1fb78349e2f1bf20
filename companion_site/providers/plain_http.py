"""A wire to this house's own model servers: HTTP/1.1 without TLS over asyncio's own streams.

A general client walks through five layers for every chunk, and servers send a chunk for every token; here one read
takes all tokens that have arrived, and what never changes of a request is written once.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

from companion_site.providers.base import ModelError
from companion_site.providers.wire import Incoming, refusal

_READ_BYTES = 65536
_HEAD_LIMIT = 65536
_IDLE_CONNECTIONS = 64
_LONGEST_SIZE_LINE = 256
_REFUSAL_SECONDS = 2.0
_REFUSAL_BYTES = 4096


@dataclass(slots=True)
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    is_used: bool = False

    @property
    def is_alive(self) -> bool:
        return not self.reader.at_eof() and not self.writer.is_closing() and self.reader.exception() is None

    def flow(self, *, is_on: bool) -> None:
        """Let bytes come in, or leave them in the kernel."""
        transport = cast(asyncio.ReadTransport, self.writer.transport)
        if transport.is_closing():
            return
        if is_on:
            transport.resume_reading()
        else:
            transport.pause_reading()


class PlainWire:
    """Keeps connections to one address. With `keeps` off every answer has a connection of its own."""

    def __init__(self, base_url: str, api_key: str, *, connect_seconds: float, keeps: bool = True) -> None:
        url = urlsplit(f"{base_url.rstrip('/')}/chat/completions")
        self._host, self._port = url.hostname or "", url.port or 80
        self._connect_seconds = connect_seconds
        self._idle: list[_Connection] = []
        lines = [
            f"POST {url.path} HTTP/1.1",
            f"Host: {url.netloc.rpartition('@')[2]}",
            f"Authorization: Bearer {api_key or 'none'}",
            "Content-Type: application/json",
            "Accept-Encoding: identity",
            *([] if keeps else ["Connection: close"]),
            "Content-Length: ",
        ]
        self._head = "\r\n".join(lines).encode()

    async def post(self, body: Mapping[str, Any]) -> Incoming:
        # Half a character in a prompt is no reason to say nothing.
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        message = b"%s%d\r\n\r\n%s" % (self._head, len(content), content)
        answer = await self._exchange(message)
        if answer.status == 200:
            return answer
        try:
            said = (await answer.read(asyncio.get_running_loop().time() + _REFUSAL_SECONDS))[:_REFUSAL_BYTES]
        except (TimeoutError, ModelError):
            said = b""
        await answer.aclose()
        raise refusal(answer.status, said.decode(errors="replace"))

    async def _exchange(self, message: bytes) -> PlainAnswer:
        while True:
            connection = self._take() or await self._connect()
            try:
                connection.writer.write(message)
                await connection.writer.drain()
                head = await connection.reader.readuntil(b"\r\n\r\n")
                while head.startswith((b"HTTP/1.1 100", b"HTTP/1.1 103")):  # not the answer yet
                    head = await connection.reader.readuntil(b"\r\n\r\n")
                return PlainAnswer(self, connection, *_parse(head))
            except (asyncio.IncompleteReadError, OSError) as exc:
                connection.writer.close()
                if connection.is_used and not getattr(exc, "partial", b""):
                    continue  # the server had closed a kept connection; nothing was answered, so nothing was done
                raise ModelError("broken", "the model server hung up") from exc
            except (asyncio.LimitOverrunError, ValueError) as exc:
                connection.writer.close()
                raise ModelError("broken", "the model server does not speak HTTP") from exc
            except asyncio.CancelledError:
                connection.writer.close()
                raise

    async def _connect(self) -> _Connection:
        try:
            async with asyncio.timeout(self._connect_seconds):
                reader, writer = await asyncio.open_connection(self._host, self._port, limit=_HEAD_LIMIT)
        except (TimeoutError, OSError) as exc:
            raise ModelError("connect", "the model server cannot be reached") from exc
        return _Connection(reader, writer)

    def _take(self) -> _Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.is_alive:
                connection.is_used = True
                return connection
            connection.writer.close()
        return None

    def give_back(self, connection: _Connection) -> None:
        """Keep a connection whose answer has been read to its end."""
        if len(self._idle) < _IDLE_CONNECTIONS and connection.is_alive:
            self._idle.append(connection)
        else:
            connection.writer.close()

    async def aclose(self) -> None:
        while self._idle:
            self._idle.pop().writer.close()
        await asyncio.sleep(0)  # a closed connection hangs up in the loop's next round


class PlainAnswer:
    """One answer; read to its end it gives the connection back, closed before it closes the connection."""

    takes_all = True

    def __init__(self, wire: PlainWire, connection: _Connection, status: int, headers: Mapping[bytes, bytes]) -> None:
        self.status = status
        self._wire = wire
        self._connection: _Connection | None = connection
        self._chunks = Chunks() if b"chunked" in headers.get(b"transfer-encoding", b"") else None
        length = headers.get(b"content-length", b"")
        self._left = int(length) if length.isdigit() and self._chunks is None else None
        is_bounded = self._chunks is not None or self._left is not None
        self._stays_open = is_bounded and headers.get(b"connection") != b"close"
        self._loop = asyncio.get_running_loop()
        self._deadline = 0.0
        self._is_reading = False
        self._alarm: asyncio.TimerHandle | None = None

    async def read(self, deadline: float) -> bytes:
        connection = self._connection
        if connection is None:
            return b""
        self._watch(deadline)
        self._is_reading = True
        connection.flow(is_on=True)
        try:
            data = await self._next(connection.reader)
        except TimeoutError:
            await self.aclose()
            raise
        except (OSError, ValueError, EOFError) as exc:
            await self.aclose()
            raise ModelError("broken", "the connection to the model server broke") from exc
        finally:
            self._is_reading = False
        if data:
            self._loop.call_soon(self._rest)
        else:
            self._finish(connection)
        return data

    def _rest(self) -> None:
        """Leave in the kernel what comes while nobody reads: it costs one read then, not one a packet."""
        if self._connection is not None and not self._is_reading:
            self._connection.flow(is_on=False)

    async def _next(self, reader: asyncio.StreamReader) -> bytes:
        """Return the next content; raise `EOFError` where it ends before its end."""
        if self._chunks is not None:
            while not self._chunks.is_done:
                data = await reader.read(_READ_BYTES)
                if not data:
                    raise EOFError
                if content := self._chunks.feed(data):
                    return content
            return b""
        if self._left is None:
            return await reader.read(_READ_BYTES)
        if not self._left:
            return b""
        data = await reader.read(min(self._left, _READ_BYTES))
        if not data:
            raise EOFError
        self._left -= len(data)
        return data

    def _watch(self, deadline: float) -> None:
        """Put the deadline off, or earlier; one alarm serves all reads, for a new one each costs as much as a read."""
        is_earlier = deadline < self._deadline
        self._deadline = deadline
        if self._alarm is None or is_earlier:
            if self._alarm is not None:
                self._alarm.cancel()
            self._alarm = self._loop.call_at(deadline, self._ring)

    def _ring(self) -> None:
        self._alarm = None
        # Who takes a rest between two reads has not been kept waiting.
        if self._connection is None or not self._is_reading:
            return
        if self._loop.time() < self._deadline:
            self._alarm = self._loop.call_at(self._deadline, self._ring)
        else:
            self._connection.reader.set_exception(TimeoutError())

    def _finish(self, connection: _Connection) -> None:
        self._release()
        connection.flow(is_on=True)
        if self._stays_open:
            self._wire.give_back(connection)
        else:
            connection.writer.close()

    async def aclose(self) -> None:
        connection = self._connection
        self._release()
        if connection is not None:
            connection.writer.close()

    def _release(self) -> None:
        self._connection = None
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None


class Chunks:
    """Takes chunked transfer coding apart (RFC 9112, 7.1), however the network cut it."""

    def __init__(self) -> None:
        self.is_done = False
        self._buffer = b""
        self._left = 0  # bytes of the open chunk still to come, the line end after it among them

    def feed(self, data: bytes) -> bytes:
        """Return the content that `data` brings; raise `ValueError` where it is no chunk."""
        buffer = self._buffer + data if self._buffer else data
        found: list[bytes] = []
        position = 0
        while not self.is_done:
            if self._left > 2:
                part = buffer[position : position + self._left - 2]
                found.append(part)
                position += len(part)
                self._left -= len(part)
            if self._left:
                if self._left > 2 or len(buffer) - position < 2:
                    break
                position, self._left = position + 2, 0
            size, after = _chunk_size(buffer, position)
            if size is None:
                break
            if size == 0:
                self.is_done = buffer.endswith(b"\r\n\r\n")
                break
            position, self._left = after, size + 2
        self._buffer = buffer[position:]
        return found[0] if len(found) == 1 else b"".join(found)


def _chunk_size(buffer: bytes, position: int) -> tuple[int | None, int]:
    """Return the size that a chunk's first line names and where its content begins; None for half a line."""
    line_end = buffer.find(b"\r\n", position)
    if line_end < 0:
        if len(buffer) - position > _LONGEST_SIZE_LINE:
            raise ValueError("no chunk size")
        return None, position
    size = int(buffer[position:line_end].partition(b";")[0], 16)
    if size < 0:
        raise ValueError("negative chunk size")
    return size, line_end + 2


def _parse(raw: bytes) -> tuple[int, dict[bytes, bytes]]:
    """Return status and headers; raise `ValueError` for anything that is no answer."""
    lines = raw[:-4].split(b"\r\n")
    version, status, *_ = lines[0].split(b" ", 2)
    if not version.startswith(b"HTTP/1."):
        raise ValueError(version)
    headers = {}
    for line in lines[1:]:
        name, _, value = line.partition(b":")
        headers[name.strip().lower()] = value.strip().lower()
    if headers.get(b"content-encoding", b"identity") != b"identity":
        raise ValueError("packed, though we asked for plain")
    return int(status), headers
