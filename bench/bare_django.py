"""The least a Django server can do with a model's answer: pass its bytes on. No middleware, database or session."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from urllib.parse import urlsplit

from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import path

from bench.passing import passed_on

settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["127.0.0.1"], MIDDLEWARE=[], USE_TZ=True)
_ADDRESS = urlsplit(os.environ["OPENAI_BASE_URL"])


async def send(request: HttpRequest) -> StreamingHttpResponse:
    """Ask the model, and answer with what it says."""
    frames: AsyncGenerator[bytes, None] = passed_on(_ADDRESS, request.body)
    return StreamingHttpResponse(frames, content_type="text/event-stream")


urlpatterns = [path("", send)]
application = get_asgi_application()
