"""`/v1/`: models are characters, completions are turns. A key is all it knows: no session, no cookie."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.utils import translation

from accounts import keys
from accounts.models import ApiKey
from chat import database, jobs, tailing, undelivered
from chat.exceptions import MessageTooLong, MethodNotAllowed, ModelNotFound, ModelUnavailable
from chat.models import Message
from chat.openai import asked, listing, shapes
from chat.openai.asked import Asked
from chat.openai.speech import Speech, events
from chat.services import answering
from chat.turn import Turn
from chat.usage import Usage
from companion_site.core import problems, sse
from companion_site.core.exceptions import DomainError

View = Callable[..., Any]


def _face(method: str, scope: ApiKey.Scope) -> Callable[[View], View]:
    """Let in whoever has a key of this scope ("" for any method), and answer every refusal in OpenAI's shape."""

    def decorate(view: View) -> View:
        @wraps(view)
        async def wrapped(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
            # The endpoint is served without the middlewares that would ask for these.
            request.get_host()
            with translation.override(translation.get_language_from_request(request)):
                return await answered(request, kwargs)

        async def answered(request: HttpRequest, kwargs: Any) -> HttpResponseBase:
            try:
                key = await database.run(keys.key_of, request.headers.get("Authorization", ""), scope=scope)
                if method and request.method != method:
                    raise MethodNotAllowed
                response: HttpResponseBase = await view(request, key, **kwargs)
            except DomainError as error:
                return problems.openai_response(error)
            return response

        # Nothing here asks who is signed in, so nobody's browser can be made to act for them.
        wrapped.csrf_exempt = True  # type: ignore[attr-defined]
        return wrapped

    return decorate


@_face("GET", ApiKey.Scope.READ)
async def models(request: HttpRequest, key: ApiKey) -> HttpResponseBase:
    """List the characters the key's owner may speak with, a page at a time."""
    return JsonResponse(await database.run(listing.page, key.user, request.GET))


@_face("GET", ApiKey.Scope.READ)
async def model(request: HttpRequest, key: ApiKey, model: str) -> HttpResponseBase:
    return JsonResponse(await database.run(listing.one, key.user, model))


@_face("", ApiKey.Scope.READ)
async def unknown(request: HttpRequest, key: ApiKey, rest: str) -> HttpResponseBase:
    """Say in the client's own words that this part of OpenAI's API is not here."""
    raise listing.UnknownAddress


@_face("POST", ApiKey.Scope.CHAT)
async def completions(request: HttpRequest, key: ApiKey) -> HttpResponseBase:
    """Answer as the character: as a stream, or in one piece when all checks are through."""
    try:
        wanted = asked.read(request.body, request.headers)
    except RequestDataTooBig as exc:
        raise MessageTooLong(field="messages", limit=settings.DATA_UPLOAD_MAX_MEMORY_SIZE) from exc
    language = translation.get_language() or "en"
    with jobs.admit(key.user_id):
        promised, turn = await database.run(_promise, key, wanted, language)
        if turn is not None:
            await jobs.start(turn)
    answer = _Answer(wanted, promised.reply, turn)
    if wanted.is_stream:
        return StreamingHttpResponse(answer.stream(), content_type="text/event-stream", headers=sse.HEADERS)
    return JsonResponse(await answer.whole())


def _promise(key: ApiKey, wanted: Asked, language: str) -> tuple[answering.Promised, Turn | None]:
    character = listing.character_of(key.user, wanted.model)
    if character is None:
        raise ModelNotFound(field="model")
    promised = answering.answer(key, character, wanted.ask)
    if not promised.is_new:
        return promised, None
    takes_back = not wanted.is_stream
    turn = answering.open_answer(promised, wanted.ask, wish=wanted.wish, takes_back=takes_back, ui_language=language)
    return promised, turn


class _Answer:
    """One reply on its way to one program."""

    def __init__(self, wanted: Asked, reply: Message, turn: Turn | None) -> None:
        self.reply, self.turn = reply, turn
        last = wanted.ask.lines[-1]
        self.speech = Speech(before=last.text if last.role == "character" else "")
        self.wants_usage = wanted.wants_usage
        self.frame = shapes.Frame(
            id=f"chatcmpl-{reply.public_id.hex}",
            created=int(reply.created_at.timestamp()),
            model=wanted.model,
            has_usage=wanted.wants_usage,
        )

    async def whole(self) -> dict[str, object]:
        """Return the answer in one piece. Raises `ModelUnavailable` where there is none."""
        async with aclosing(self._said()) as pieces:
            async for _piece in pieces:
                pass
        if self.speech.status == Message.Status.FAILED:
            raise ModelUnavailable
        finish, used = await self._end()
        return self.frame.whole(self.speech.text, finish, used)

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """Yield the answer as it is written; what goes wrong on the way is said in the stream."""
        yield self.frame.chunk({"role": "assistant", "content": ""})
        async with aclosing(self._said()) as pieces:
            async for piece in pieces:
                yield self.frame.chunk({"content": piece}) if piece else sse.HEARTBEAT
        if self.speech.status in {Message.Status.FAILED, ""}:
            problem = self.speech.problem or problems.as_dict(ModelUnavailable())
            yield shapes.event(problems.as_openai(problem))
        else:
            finish, used = await self._end()
            yield self.frame.chunk({}, finish)
            if self.wants_usage:
                yield self.frame.usage_chunk(used)
        yield shapes.DONE

    async def _said(self) -> AsyncGenerator[str, None]:
        """Yield what is new, "" for a heartbeat; keep whether the reader stayed until the end.

        The reply is written to its end either way.
        """
        has_ended = False
        try:
            async with aclosing(tailing.frames(self.reply)) as frames:
                async for chunk in frames:
                    is_silent = True
                    for name, data in events(chunk):
                        is_silent = False
                        if piece := self.speech.take(name, data):
                            yield piece
                    if is_silent:
                        yield ""
            has_ended = True
        finally:
            undelivered.note(self.reply.public_id, "told" if has_ended else "left")

    async def _end(self) -> tuple[shapes.Finish, Usage]:
        """Return why the reply ended and what it took; its row has been written by then."""
        rows = Message.objects.filter(pk=self.reply.pk).values_list("prompt_tokens", "completion_tokens")
        read, written = await database.run(rows.get)
        reason = self.turn.finish_reason if self.turn is not None else ""
        return shapes.finish_of(self.speech.status, reason), Usage(read, written)
