"""What carries a request to a model server and its answer back, as Protocols; it knows no vendor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from companion_site.providers.base import ModelError

# No whole answer is as large; a server that sends more is out of order.
MAX_ANSWER_BYTES = 8 * 1024 * 1024


class Incoming(Protocol):
    """An answer on its way in, its status already known to be good. With `takes_all` a read leaves nothing behind."""

    takes_all: bool

    async def read(self, deadline: float) -> bytes:
        """Return what has come next, b"" at the end. Raises `TimeoutError`, and `ModelError` when it breaks off.

        `deadline` is by the event loop's clock. After an error nothing more can be read.
        """
        ...

    async def aclose(self) -> None:
        """Hang up, unless the answer was read to its end."""
        ...


class Wire(Protocol):
    """Posts to one address. Belongs to the event loop it was first used in."""

    async def post(self, body: Mapping[str, Any]) -> Incoming:
        """Send a request, return when its answer begins. Raises `ModelError` for whatever goes wrong."""
        ...

    async def aclose(self) -> None: ...


async def whole(incoming: Incoming, deadline: float) -> bytes:
    """Return the rest of an answer; raise `ModelError("broken")` for an endless one."""
    parts: list[bytes] = []
    size = 0
    while data := await incoming.read(deadline):
        parts.append(data)
        size += len(data)
        if size > MAX_ANSWER_BYTES:
            raise ModelError("broken", "the model server's answer is too large")
    return b"".join(parts)


def refusal(status: int, said: str) -> ModelError:
    """Return the error for an answer that is no 200; `said` is what came with it."""
    if status in {401, 403}:
        return ModelError("auth", "the model server refuses the key")
    if status == 429:
        return ModelError("limit", "the model server has had enough of us for now")
    if status == 404 or (status == 400 and _is_no_model(said.lower())):
        return ModelError("missing", "the model server knows no such model")
    if status >= 500 or status in {408, 409, 425}:
        return ModelError("server", f"the model server failed with status {status}")
    if 400 <= status < 500:
        return ModelError("refused", f"the model server does not take this request (status {status})")
    return ModelError("broken", f"the model server does not speak as expected (status {status})")


def _is_no_model(said: str) -> bool:
    """Say whether a 400 means an unknown model: some servers use it in place of 404."""
    return "model" in said and any(words in said for words in ("not found", "does not exist", "model_not_found"))
