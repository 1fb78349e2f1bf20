"""The openai package as a wire: authentication, proxies, TLS and redirects of a server that is not this house's own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx2
import openai

from companion_site.providers.base import ModelError
from companion_site.providers.wire import Incoming, refusal

_HEADERS = {"Accept-Encoding": "identity"}


class PackageWire:
    """Posts through the package's client. With `is_own` no proxy of the environment has a say."""

    def __init__(self, base_url: str, api_key: str, *, connect_seconds: float, is_own: bool) -> None:
        self._client = openai.AsyncOpenAI(
            base_url=base_url or None,
            api_key=api_key or "none",
            max_retries=0,
            timeout=openai.Timeout(None, connect=connect_seconds, pool=connect_seconds),
            default_headers=_HEADERS,
            http_client=openai.DefaultAsyncHttpxClient(trust_env=not is_own),
        )

    async def post(self, body: Mapping[str, Any]) -> Incoming:
        try:
            # The generic call: the typed one walks every message through pydantic first. Always as a stream, so
            # that the size of an answer is ours to judge.
            response: httpx2.Response = await self._client.post(
                "/chat/completions", cast_to=httpx2.Response, body=dict(body), stream=True
            )
        except openai.APIStatusError as exc:
            raise refusal(exc.status_code, str(exc.body)) from exc
        except openai.APIConnectionError as exc:  # a connect time-out is one of these, too
            raise ModelError("connect", "the model server cannot be reached") from exc
        except openai.OpenAIError as exc:
            raise ModelError("broken", "the model server does not speak as expected") from exc
        return _PackageAnswer(response)

    async def aclose(self) -> None:
        await self._client.close()


class _PackageAnswer:
    takes_all = False

    def __init__(self, response: httpx2.Response) -> None:
        self._response = response
        is_packed = "content-encoding" in response.headers
        self._pieces = response.aiter_bytes() if is_packed else response.aiter_raw()

    async def read(self, deadline: float) -> bytes:
        try:
            async with asyncio.timeout_at(deadline):
                return await anext(self._pieces, b"")
        except httpx2.HTTPError as exc:
            raise ModelError("broken", "the connection to the model server broke") from exc

    async def aclose(self) -> None:
        await self._response.aclose()
