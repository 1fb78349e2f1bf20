"""What templates may ask of values: the reader's own tagline, short numbers, where one is."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from django import template
from django.template import Context
from django.template.loader import get_template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

register = template.Library()

_WAN = 10_000
_THOUSAND = 1_000
_MILLION = 1_000_000


def _reads_chinese() -> bool:
    return (get_language() or "").startswith("zh")


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """Draw an icon (a file of `icons/`), on a grid of 24; without a label it is hidden from screen readers."""
    return _icon(name, str(label))


@lru_cache(maxsize=512)
def _icon(name: str, label: str) -> SafeString:
    # Kept: a page has dozens, and including a template for each costs more than the rest of a message.
    lines = mark_safe(get_template(f"icons/{name}.svg").render().strip())  # noqa: S308 - a file of ours
    told = format_html(' role="img" aria-label="{}"', label) if label else mark_safe(' aria-hidden="true"')
    return format_html('<svg class="icon" viewBox="0 0 24 24"{} focusable="false">{}</svg>', told, lines)


@register.filter
def in_my_language(texts: object) -> str:
    """Return the reader's variant of `{"zh-Hans": …, "en": …}`, else any that is not empty."""
    if not isinstance(texts, Mapping):
        return str(texts or "")
    mine, other = ("zh-Hans", "en") if _reads_chinese() else ("en", "zh-Hans")
    return str(texts.get(mine) or texts.get(other) or next((t for t in texts.values() if t), ""))


@register.filter
def compact(number: object) -> str:
    """Shorten a count as the reader writes it: 2.1万 in Chinese, 21k in English."""
    try:
        value = int(str(number))
    except ValueError:
        return str(number)
    if _reads_chinese():
        return f"{_one_digit(value / _WAN)}万" if value >= _WAN else str(value)
    if value >= _MILLION:
        return f"{_one_digit(value / _MILLION)}M"
    return f"{_one_digit(value / _THOUSAND)}k" if value >= _THOUSAND else str(value)


def _one_digit(value: float) -> str:
    # Cut, never rounded up: 9,999 is not 10k.
    tenths = int(value * 10)
    return str(tenths // 10) if tenths >= 100 or tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}"


@register.simple_tag(takes_context=True)
def here(context: Context, prefix: str, *, exact: bool = False) -> SafeString | str:
    """Mark a link as the current page when the address is, or begins with, `prefix` ("/" only matches itself)."""
    request = context.get("request")
    path = getattr(request, "path", "")
    is_here = path == prefix if exact or prefix == "/" else bool(prefix) and path.startswith(prefix)
    return format_html(' aria-current="{}"', "page") if is_here else ""


_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


@register.filter
def device(user_agent: str) -> str:
    """Name a browser and system a person recognises: "Firefox · Windows"; the agent itself where neither shows."""
    found = [next((name for mark, name in kinds if mark in user_agent), "") for kinds in (_BROWSERS, _SYSTEMS)]
    return " · ".join(name for name in found if name) or user_agent


@register.filter
def html_lang(code: str) -> str:
    """Return the BCP 47 tag a browser wants: zh-hans → zh-Hans."""
    return "zh-Hans" if code.lower().startswith("zh") else code
