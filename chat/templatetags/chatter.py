"""What the chat's templates ask of texts, times and replies."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from chat import bubbles
from chat.models import Message
from chat.pacing import Pace, Tempo, as_data
from chat.stage_view import Shown
from chat.why import Why, why

register = template.Library()


@register.filter(is_safe=True)
def spoken(text: object) -> SafeString:
    """Draw a character's words: bubbles, soft actions, centred stage directions."""
    return mark_safe(bubbles.render(str(text or "")))  # noqa: S308 - the renderer escapes every character of the text


@register.filter(is_safe=True)
def said(text: object) -> SafeString:
    """Draw a fan's words: the same, but everything stays in bubbles."""
    return mark_safe(bubbles.render(str(text or ""), narrates=False))  # noqa: S308 - as above


@register.filter
def first_words(text: object) -> str:
    """Return the text as one plain line, without the marks of actions: for lists of chats."""
    lines = bubbles.parse(str(text or ""))
    return " ".join("".join(span.text for span in line.spans).strip() for line in lines)


@register.filter
def running(shown: Iterable[Shown]) -> Message | None:
    """Return the reply that is being written, if one is."""
    return next((row.message for row in shown if not row.message.is_final), None)


@register.filter(is_safe=True)
def drawn(row: Shown) -> SafeString:
    """Draw a reply as it was said: cut into bubbles by its pace."""
    html = bubbles.render(row.message.text, row.pace, lead=row.reflex)
    return mark_safe(html)  # noqa: S308 - as above


@register.filter
@lru_cache(maxsize=256)
def as_numbers(pace: Pace) -> str:
    """Return a pace as the browser reads it."""
    return json.dumps(as_data(pace))


@register.filter
def tempo(pace: Pace) -> str:
    """Return how fast replies come at this pace, in a word."""
    names: dict[Tempo, str] = {
        "at_once": _("at once"),
        "quick": _("quick"),
        "natural": _("natural"),
        "calm": _("calm"),
        "slow": _("slow"),
    }
    return names[pace.tempo]


@register.filter
def seconds_since(moment: datetime) -> int:
    """Return how long ago something was, in whole seconds: who comes later does not wait from the beginning."""
    return max(0, round((timezone.now() - moment).total_seconds()))


@register.filter
def day_name(moment: date | datetime) -> str:
    """Return the day as people say it: today, yesterday, tomorrow, or its date."""
    day = timezone.localtime(moment).date() if isinstance(moment, datetime) else moment
    today = timezone.localdate()
    names = {-1: _("tomorrow"), 0: _("today"), 1: _("yesterday")}
    name = names.get((today - day).days)
    if name is not None:
        return name
    return date_format(day, "MONTH_DAY_FORMAT" if day.year == today.year else "DATE_FORMAT")


@register.filter
def short_time(moment: datetime) -> str:
    """Return the time for today, else the day: for lists of chats."""
    local = timezone.localtime(moment)
    return date_format(local, "H:i") if local.date() == timezone.localdate() else day_name(local)


@register.simple_tag
def story(message: Message) -> Why:
    """Return why a reply came out as it did."""
    return why(message)
