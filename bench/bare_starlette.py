"""The least a Starlette server can do with a model's answer: pass its bytes on."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from bench.passing import passed_on

_ADDRESS = urlsplit(os.environ["OPENAI_BASE_URL"])


async def send(request: Request) -> StreamingResponse:
    """Ask the model, and answer with what it says."""
    frames = passed_on(_ADDRESS, await request.body())
    return StreamingResponse(frames, media_type="text/event-stream")


application = Starlette(routes=[Route("/", send, methods=["POST"])])
