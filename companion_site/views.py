"""The front door, the public promises and the two health questions."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.db.models import Case, F, When
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.forms import REGIONS
from accounts.models import User
from characters.models import Character, CharacterQuerySet
from chat.gate import gate
from chat.models import Conversation
from chat.readers import readers
from moderation import helplines

# Callers on this machine; a proxy on it passes on who asks.
LOOPBACK = {"127.0.0.1", "::1"}
FAN_SIZE = 3
WAITING_SIZE = 6
SHELF_SIZE = 12
TAGS_SIZE = 12
RESUME_SIZE = 3
# Whose lines a visitor without an account sees first.
_REGION_GUESSES = {"zh": "CN", "en": "US"}
_ELSEWHERE = "ZZ"
# A shelf of one looks like a mistake.
SHELF_MINIMUM = 2
SHELF_SHORT = 3


@dataclass(frozen=True, slots=True)
class Shelf:
    """A row of posters under one heading."""

    title: str
    characters: list[Character]

    @property
    def is_short(self) -> bool:
        """Whether two such shelves fit beside each other."""
        return len(self.characters) <= SHELF_SHORT


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    live = Character.objects.public_to(request.user).defer("card", "envelope")
    language = "zh-Hans" if (get_language() or "").startswith("zh") else "en"
    waiting, *others = _shelves(live, language)
    resumed = Conversation.objects.owned_by(request.user).select_related("character", "head")
    context = {
        "fan": waiting.characters[:FAN_SIZE] if len(waiting.characters) >= FAN_SIZE else [],
        "waiting": waiting,
        "shelves": [shelf for shelf in others if len(shelf.characters) >= SHELF_MINIMUM],
        "tags": _tags(waiting.characters),
        "conversations": resumed.filter(last_message_at__isnull=False).order_by("-last_message_at")[:RESUME_SIZE],
    }
    return render(request, "home.html", context)


def _shelves(live: CharacterQuerySet, language: str) -> list[Shelf]:
    loved = F("likes_count").desc()
    mine_first = Case(When(language=language, then=0), default=1)
    by_scene = [
        (_("For the hour before sleep"), ["bedtime", "breakup"]),
        (_("Side by side, until it is done"), ["study", "adhd"]),
        (_("Like family at the kitchen table"), ["elder"]),
    ]
    other_title = _("Some who speak English") if language != "en" else _("Some who speak Chinese")
    return [
        Shelf(_("Waiting tonight"), list(live.order_by(mine_first, loved, "-published_at")[:WAITING_SIZE])),
        *(Shelf(title, list(live.filter(scene__in=scenes).order_by(loved)[:SHELF_SIZE])) for title, scenes in by_scene),
        Shelf(_("New in the park"), list(live.order_by("-published_at")[:SHELF_SIZE])),
        Shelf(other_title, list(live.exclude(language=language).order_by(loved)[:SHELF_SIZE])),
    ]


def _tags(characters: list[Character]) -> list[str]:
    counted = Counter(tag for character in characters for tag in character.tags)
    return [tag for tag, _times in counted.most_common(TAGS_SIZE)]


@require_GET
def about_ai(request: HttpRequest) -> HttpResponse:
    return render(request, "about_ai.html")


@require_GET
def safety(request: HttpRequest) -> HttpResponse:
    """Publish the crisis protocol: what happens when somebody may be in danger, and whom to call."""
    language = get_language() or settings.LANGUAGE_CODE
    at_home = request.user.region if isinstance(request.user, User) else _REGION_GUESSES.get(language[:2], _ELSEWHERE)
    elsewhere = [(label, helplines.for_region(code, language)) for code, label in REGIONS if code != at_home]
    context = {"lines": helplines.for_region(at_home, language), "elsewhere": elsewhere}
    return render(request, "safety.html", context)


def healthz(request: HttpRequest) -> JsonResponse:
    """Answer that the process lives, and to its operator how busy it is."""
    if request.META.get("REMOTE_ADDR") not in LOOPBACK and not request.user.is_staff:
        return JsonResponse({"status": "ok"})
    report = gate.report()
    load = report.load
    replies = {
        "running": report.running,
        "waiting": report.waiting,
        "cap": load.cap,
        "readers": len(readers),
        "cpu_us_per_token": round(load.token_microseconds),
        "cpu_ms_per_turn": round(load.turn_milliseconds, 1),
        "loop_lag_ms": round(load.lag_seconds * 1000, 1),
        "first_word_ms": round(load.first_word_seconds * 1000),
    }
    return JsonResponse({"status": "ok" if report.is_open else "closing", "process": os.getpid(), "replies": replies})


def readyz(request: HttpRequest) -> JsonResponse:
    """Answer that the database can be asked, and that this process means to stay."""
    if not gate.report().is_open:
        return JsonResponse({"status": "closing"}, status=503, headers={"Retry-After": "3"})
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})
