"""What the character pages ask of values: addresses of portraits, spoken text."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from characters.models import Character

register = template.Library()

_ACTION = re.compile(r"\*([^*\n]+)\*")
_HAN = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
_ENDS = tuple(".!?…:;*\"'”’)]。！？：；」』）—")


@register.simple_tag
def portrait(character: Character, expression: str = "neutral", garment: str = "") -> str:
    """Return the address of a portrait; it changes with the look, so browsers may keep it for ever."""
    query = {"v": character.look} | ({"garment": garment} if garment else {})
    return f"{reverse('characters:portrait', args=[character.slug, expression])}?{urlencode(query)}"


@register.filter
def spoken(text: str) -> SafeString:
    """Return card text as paragraphs, *actions* set apart from speech; everything else is escaped."""
    return format_html_join("\n", "<p>{}</p>", ((_line(paragraph),) for paragraph in unwrapped(text)))


@register.filter
def prose(text: str) -> SafeString:
    """Return text as paragraphs, escaped; lines somebody's editor broke in mid-sentence are joined again."""
    return format_html_join("\n", "<p>{}</p>", ((paragraph,) for paragraph in unwrapped(text)))


def unwrapped(text: str) -> list[str]:
    """Return the paragraphs of `text`: a line that does not end a sentence goes on in the next one."""
    paragraphs: list[str] = []
    is_open = False
    for line in (line.strip() for line in text.splitlines()):
        if is_open and line:
            joint = "" if _HAN.match(line) else " "
            paragraphs[-1] += joint + line
        elif line:
            paragraphs.append(line)
        is_open = bool(line) and not line.endswith(_ENDS)
    return paragraphs


def _line(line: str) -> SafeString:
    parts = _ACTION.split(line)
    return format_html_join(
        "",
        "{}",
        ((format_html('<em class="act">{}</em>', part) if i % 2 else part,) for i, part in enumerate(parts)),
    )
