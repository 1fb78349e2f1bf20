"""Renders a `DomainError` once for every face: API (RFC 9457), page, htmx fragment, stream event, OpenAI's API."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, TypeVar

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from rest_framework import exceptions as drf
from rest_framework.response import Response

from companion_site.core.exceptions import DomainError, Forbidden, Invalid, NotFound, TooManyRequests
from companion_site.core.requestid import request_id

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
OPENAI_PATH = "/v1/"
_OPENAI_TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
_OPENAI_CODES = {"too_many_requests": "rate_limit_exceeded"}
Response_ = TypeVar("Response_", bound=HttpResponse)


def as_dict(error: DomainError) -> dict[str, object]:
    """Return the problem's JSON members: type, title, status, detail, code, errors and the error's extras."""
    errors = [{"field": error.field, "message": str(error.detail)}] if error.field else []
    return {
        "type": f"/problems/{error.code}",
        "title": str(error.title),
        "status": error.status,
        "detail": str(error.detail),
        "code": error.code,
        "errors": errors,
        **error.extra,
    }


def json_response(error: DomainError) -> JsonResponse:
    response = JsonResponse(as_dict(error), status=error.status, content_type=CONTENT_TYPE)
    return _with_retry_after(response, error)


def as_openai(members: Mapping[str, object]) -> dict[str, object]:
    """Return the members of a problem in the shape of OpenAI's API, which knows no 422."""
    status, code = _openai_status(members), str(members["code"])
    errors = members.get("errors")
    told = {
        "message": f"{members['title']} {members['detail']}",
        "type": _OPENAI_TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error"),
        "param": errors[0]["field"] if isinstance(errors, list) and errors else None,
        "code": _OPENAI_CODES.get(code, code),
    }
    return {"error": told}


def openai_response(error: DomainError) -> JsonResponse:
    """Render the problem for clients of OpenAI's API."""
    members = as_dict(error)
    return _with_retry_after(JsonResponse(as_openai(members), status=_openai_status(members)), error)


def _openai_status(members: Mapping[str, object]) -> int:
    status = int(str(members["status"]))
    return 400 if status == 422 else status


def page_response(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Render the problem for whoever asked: JSON, an htmx fragment or a whole page."""
    if request.path.startswith(OPENAI_PATH):
        return openai_response(error)
    if request.path.startswith("/api/") or "application/json" in request.headers.get("Accept", ""):
        return json_response(error)
    context = {"problem": as_dict(error)}
    if request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true":
        response = render(request, "_problem.html", context, status=error.status)
        response["HX-Retarget"] = "#problems"
        response["HX-Reswap"] = "innerHTML"
        return _with_retry_after(response, error)
    return _with_retry_after(render(request, "problem.html", context, status=error.status), error)


def _with_retry_after(response: Response_, error: DomainError) -> Response_:
    if "retry_after_seconds" in error.extra:
        response["Retry-After"] = str(error.extra["retry_after_seconds"])
    return response


class ProblemMiddleware:
    """Turns a `DomainError` raised by a view into its rendering."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, DomainError):
            logger.info("refused: %s", exception.code)
            return page_response(request, exception)
        return None


class _Field(Invalid):
    """Several field errors at once, as DRF serializers report them."""


def _from_drf(exc: Exception) -> DomainError | None:
    if isinstance(exc, DomainError):
        return exc
    if isinstance(exc, Http404 | drf.NotFound):
        return NotFound()
    if isinstance(exc, PermissionDenied | drf.PermissionDenied):
        return Forbidden()
    if isinstance(exc, drf.Throttled):
        return TooManyRequests(retry_after_seconds=int(getattr(exc, "wait", None) or 1))
    return None


def _field_errors(detail: object, path: str = "") -> list[dict[str, str]]:
    if isinstance(detail, Mapping):
        return [e for key, value in detail.items() for e in _field_errors(value, f"{path}.{key}" if path else str(key))]
    if isinstance(detail, list):
        return [e for value in detail for e in _field_errors(value, path)]
    return [{"field": path, "message": str(detail)}]


def api_exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Answer every API error as `application/problem+json` (DRF's EXCEPTION_HANDLER)."""
    error = _from_drf(exc)
    headers: dict[str, str] = {}
    if error is not None:
        body = as_dict(error)
        if "retry_after_seconds" in error.extra:
            headers["Retry-After"] = str(error.extra["retry_after_seconds"])
    elif isinstance(exc, drf.ValidationError | ValidationError):
        detail = exc.detail if isinstance(exc, drf.ValidationError) else exc.messages
        body = as_dict(Invalid()) | {"errors": _field_errors(detail)}
    elif isinstance(exc, drf.APIException):
        code = str(exc.default_code)
        body = {
            "type": f"/problems/{code}",
            "title": str(exc.default_detail),
            "status": exc.status_code,
            "detail": str(exc.detail),
            "code": code,
            "errors": [],
        }
        if isinstance(exc, drf.NotAuthenticated | drf.AuthenticationFailed):
            headers["WWW-Authenticate"] = "Token"
    else:
        return None
    status = int(str(body["status"]))
    return Response(body, status=status, headers=headers, content_type=CONTENT_TYPE)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's handler404, rendered like every other problem."""
    return page_response(request, NotFound())


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's handler403."""
    return page_response(request, Forbidden())


class _ServerError(DomainError):
    code = "server_error"
    status = 500


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500: says so honestly and gives the request id to quote."""
    error = _ServerError(_("Something broke on our side. It has been written down."), request_id=request_id.get())
    try:
        return page_response(request, error)
    except DatabaseError:
        # Every page asks who is reading. With the database gone, answer with one that asks nothing.
        return HttpResponse(render_to_string("problem_plain.html", {"problem": as_dict(error)}), status=500)
