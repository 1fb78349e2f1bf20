"""Finding characters: one form, with or without script."""

from __future__ import annotations

from django.core.cache import cache
from django.core.paginator import Paginator
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from characters import search
from characters.forms.search import DiscoverForm, Order
from characters.models import Character, CharacterTag
from characters.models.character import Language, Scene

PAGE_SIZE = 24
TAGS_SHOWN = 14
_TAGS_SECONDS = 60


@require_GET
def discover(request: HttpRequest) -> HttpResponse:
    form = DiscoverForm(request.GET)
    wanted = form.wanted()
    found = search.find(Character.objects.public_to(request.user), wanted)
    page = Paginator(found.defer("card", "envelope", "import_report"), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "wanted": {**dict.fromkeys(form.fields, ""), **wanted},
        "page": page,
        "query": _query(request),
        "tags": _popular_tags(request),
        "orders": Order,
        "scenes": Scene,
        "languages": Language,
    }
    is_fragment = request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"
    template = "characters/discover.html#results" if is_fragment else "characters/discover.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _query(request: HttpRequest) -> str:
    """Return the query string without the page, ready for one more parameter."""
    query = request.GET.copy()
    query.pop("page", None)
    return f"{query.urlencode()}&" if query else ""


def _popular_tags(request: HttpRequest) -> list[str]:
    language = Language.ZH if (get_language() or "").startswith("zh") else Language.EN
    is_adult = getattr(request.user, "is_adult", False)

    def count() -> list[str]:
        public = Character.objects.public_to(request.user).filter(language=language)
        rows = CharacterTag.objects.filter(character__in=public).values("folded")
        counted = rows.annotate(times=Count("pk"), label=Min("label")).order_by("-times", "folded")[:TAGS_SHOWN]
        return [row["label"] for row in counted]

    found: list[str] = cache.get_or_set(f"tags:{language}:{is_adult}", count, _TAGS_SECONDS)  # type: ignore[assignment]
    return found
