"""Chat files as they come from a request and go to one."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse, JsonResponse

from chat import services
from chat.models import Conversation
from chat.transfer import limits


def read(upload: UploadedFile[Any]) -> bytes:
    """Return what was uploaded, a byte more than may be at most: the service refuses that in its own words."""
    return bytes(upload.read(limits.FILE_BYTES + 1))


def as_file(conversation: Conversation, chat_format: str) -> HttpResponse:
    """Return a chat as a file to keep.

    `json` is the whole tree, `jsonl` the branch on show as SillyTavern's lines, `zip` every branch so.
    """
    if chat_format == "json":
        told = services.export_conversation(conversation)
        answer: HttpResponse = JsonResponse(told, json_dumps_params={"ensure_ascii": False, "indent": 1})
    elif chat_format == "jsonl":
        lines = services.export_lines(conversation)
        answer = HttpResponse(lines, content_type="application/jsonl; charset=utf-8")
    elif chat_format == "zip":
        answer = HttpResponse(services.export_branches(conversation), content_type="application/zip")
    else:
        raise Http404
    answer["Content-Disposition"] = f'attachment; filename="cardia-{conversation.character.slug}.{chat_format}"'
    return answer
