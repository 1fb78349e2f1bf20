"""A transport for the HTTP client that speaks HTTP/1.1 without TLS over asyncio's own streams.

For this house's own model servers. The general transport walks through five layers for every chunk, and
servers send a chunk for every token; here one read takes all tokens that have arrived. The client above it
stays the same: addresses, keys, errors and retries are not this module's business.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass

import httpx2

_READ_BYTES = 65536
_HEAD_LIMIT = 65536
_IDLE_CONNECTIONS = 64
_LONGEST_SIZE_LINE = 256
_SENT_BY_US = frozenset({b"host", b"content-length", b"transfer-encoding"})


@dataclass(slots=True)
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    is_used: bool = False

    @property
    def is_alive(self) -> bool:
        return not self.reader.at_eof() and not self.writer.is_closing()


class PlainHttpTransport(httpx2.AsyncBaseTransport):
    """Keeps connections of one event loop. Raises the client's own transport errors."""

    def __init__(self) -> None:
        self._idle: dict[tuple[str, int], list[_Connection]] = {}

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        body = await request.aread()
        address = (request.url.host, request.url.port or 80)
        message = _head(request, len(body)) + body
        while True:
            connection = self._take(address) or await _connect(address, request)
            try:
                connection.writer.write(message)
                await connection.writer.drain()
                status, headers = _parse(await connection.reader.readuntil(b"\r\n\r\n"))
            except (asyncio.IncompleteReadError, ConnectionError) as exc:
                connection.writer.close()
                if connection.is_used and not getattr(exc, "partial", b""):
                    continue  # the server had closed a kept connection; nothing was answered, so nothing was done
                raise httpx2.RemoteProtocolError("the server hung up", request=request) from exc
            except (asyncio.LimitOverrunError, ValueError) as exc:
                connection.writer.close()
                raise httpx2.RemoteProtocolError("the server does not speak HTTP", request=request) from exc
            except asyncio.CancelledError:
                connection.writer.close()
                raise
            return httpx2.Response(status, headers=headers, stream=_Body(self, address, connection, headers))

    def _take(self, address: tuple[str, int]) -> _Connection | None:
        idle = self._idle.get(address, [])
        while idle:
            connection = idle.pop()
            if connection.is_alive:
                connection.is_used = True
                return connection
            connection.writer.close()
        return None

    def give_back(self, address: tuple[str, int], connection: _Connection) -> None:
        """Keep a connection whose answer has been read to its end."""
        idle = self._idle.setdefault(address, [])
        if len(idle) < _IDLE_CONNECTIONS and connection.is_alive:
            idle.append(connection)
        else:
            connection.writer.close()

    async def aclose(self) -> None:
        for idle in self._idle.values():
            for connection in idle:
                connection.writer.close()
        self._idle.clear()


class _Body(httpx2.AsyncByteStream):
    """An answer's body; read to its end it gives the connection back, closed before it closes the connection."""

    def __init__(
        self,
        transport: PlainHttpTransport,
        address: tuple[str, int],
        connection: _Connection,
        headers: list[tuple[bytes, bytes]],
    ) -> None:
        self._transport = transport
        self._address = address
        self._connection: _Connection | None = connection
        fields = {name.lower(): value.lower() for name, value in headers}
        self._is_chunked = b"chunked" in fields.get(b"transfer-encoding", b"")
        self._length = int(fields[b"content-length"]) if fields.get(b"content-length", b"").isdigit() else None
        self._stays_open = fields.get(b"connection") != b"close"

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._connection is None:
            return
        reader = self._connection.reader
        try:
            async for data in self._pieces(reader):
                yield data
        except (asyncio.IncompleteReadError, ConnectionError, ValueError) as exc:
            raise httpx2.RemoteProtocolError("the answer broke off") from exc
        connection, self._connection = self._connection, None
        if connection is not None and self._stays_open:
            self._transport.give_back(self._address, connection)
        elif connection is not None:
            connection.writer.close()

    async def _pieces(self, reader: asyncio.StreamReader) -> AsyncGenerator[bytes, None]:
        if self._is_chunked:
            chunks = Chunks()
            while not chunks.is_done:
                data = await reader.read(_READ_BYTES)
                if not data:
                    raise asyncio.IncompleteReadError(b"", None)
                if text := chunks.feed(data):
                    yield text
        elif self._length is not None:
            if self._length:
                yield await reader.readexactly(self._length)
        else:
            self._stays_open = False
            while data := await reader.read(_READ_BYTES):
                yield data

    async def aclose(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.writer.close()


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


async def _connect(address: tuple[str, int], request: httpx2.Request) -> _Connection:
    seconds = request.extensions.get("timeout", {}).get("connect")
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_connection(*address, limit=_HEAD_LIMIT)
    except TimeoutError as exc:
        raise httpx2.ConnectTimeout("the server does not answer", request=request) from exc
    except OSError as exc:
        raise httpx2.ConnectError("the server cannot be reached", request=request) from exc
    return _Connection(reader, writer)


def _head(request: httpx2.Request, length: int) -> bytes:
    lines = [request.method.encode() + b" " + request.url.raw_path + b" HTTP/1.1", b"Host: " + request.url.netloc]
    lines += [name + b": " + value for name, value in request.headers.raw if name.lower() not in _SENT_BY_US]
    lines.append(b"Content-Length: %d" % length)
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _parse(raw: bytes) -> tuple[int, list[tuple[bytes, bytes]]]:
    """Return status and headers; raise `ValueError` for anything that is no answer."""
    lines = raw[:-4].split(b"\r\n")
    version, status, *_ = lines[0].split(b" ", 2)
    if not version.startswith(b"HTTP/1."):
        raise ValueError(version)
    headers = []
    for line in lines[1:]:
        name, _, value = line.partition(b":")
        headers.append((name.strip(), value.strip()))
    return int(status), headers
