"""Portraits as pictures: the character's own art, or the drawn face; and the tiles of the face builder."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_GET

from characters import avatar
from characters.avatar.catalogue import ACCESSORIES, COLOURS, EXPRESSIONS, MOVING, PARTS, variants
from characters.cards.schema import CharacterCard
from characters.models import Character
from characters.services.listing import look_of
from characters.views import rows
from companion_site.core.exceptions import NotFound

_YEAR = 31_536_000
# What a portrait does not need of the rows: the draft's card, and everything hidden.
_UNSEEN = ("card", "envelope", "import_report", "published__envelope", "published__storylines")
# An address without the look's digest may change under the same name: ask again after a while.
_MINUTES = 300
# Nothing in a portrait may load, run or link, even when it is opened by itself.
_POLICY = "default-src 'none'; style-src 'none'; sandbox"


@require_GET
def portrait(request: HttpRequest, slug: str, expression: str) -> HttpResponseBase:
    """Show a character's portrait; public ones without touching the session, so that caches may keep them."""
    if expression not in EXPRESSIONS:
        raise NotFound
    everyone = Character.objects.select_related("published").public_to(AnonymousUser()).defer(*_UNSEEN)
    character = everyone.filter(slug=slug).first()
    is_public = character is not None
    if character is None:
        character = rows.visible(request, slug)
    is_fixed = request.GET.get("v") == character.look
    response = _picture(
        request, character.shown_card, character.shown_art, expression, garment=request.GET.get("garment", "")
    )
    age = _YEAR if is_fixed else _MINUTES
    scope = "public" if is_public else "private"
    response.headers["Cache-Control"] = f"{scope}, max-age={age}{', immutable' if is_fixed else ''}"
    return response


@login_required
@require_GET
def draft_portrait(request: HttpRequest, public_id: UUID, expression: str) -> HttpResponseBase:
    """Show the draft's portrait to its creator."""
    if expression not in EXPRESSIONS:
        raise NotFound
    character = rows.owned(request, public_id)
    response = _picture(request, character.draft, character.art, expression)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@login_required
@require_GET
def face(request: HttpRequest) -> HttpResponseBase:
    """Draw the face that the builder's form describes, before it is saved."""
    query = request.GET
    described: dict[str, object] = {name: query.get(name, "") for name in (*PARTS, *COLOURS)}
    described["accessory"] = {name: query.get(name, "") for name in ACCESSORIES}
    garment = {name: query.get(f"garment_{name}", "") for name in ("kind", "color", "trim")}
    mood = query.get("mood", "neutral")
    own = {part: query.get(f"{mood}_{part}", "") for part in MOVING}
    expressions = {mood: {part: value for part, value in own.items() if value}}
    accent = query.get("accent", avatar.ACCENT)
    svg = avatar.portrait_svg(described, expression=mood, expressions=expressions, garment=garment, accent=accent)
    return _svg(request, svg, cache="private, max-age=3600")


@require_GET
def part(request: HttpRequest, name: str, variant: str) -> HttpResponseBase:
    """Draw one variant of one part on a plain face: a tile of the builder, the same for everybody for ever."""
    if variant not in variants(name) and not (name == "garment" and variant in avatar.GARMENTS):
        raise NotFound
    if name == "garment":
        garment = {"kind": variant, "color": "#41567a", "trim": "#e9e2d4"}
        return _svg(request, avatar.portrait_svg({}, garment=garment), cache=f"public, max-age={_YEAR}, immutable")
    shown: dict[str, object] = {name: variant}
    if name in ACCESSORIES:
        shown = {"accessory": {name: variant}, "hair": "variant01" if name == "earrings" else "variant11"}
    elif name != "hair":
        shown["hair"] = "variant01"
    return _svg(request, avatar.face_svg(shown), cache=f"public, max-age={_YEAR}, immutable")


def _picture(
    request: HttpRequest, card: CharacterCard, art: str, expression: str, *, garment: str = ""
) -> HttpResponseBase:
    if art:
        return _art(request, art)
    ours = card.cardia
    worn = next((outfit.garment for outfit in ours.wardrobe if outfit.slug == garment), None) or ours.garment
    svg = avatar.portrait_svg(
        ours.face, expression=expression, expressions=ours.expressions, garment=worn, accent=ours.accent
    )
    return _svg(request, svg, etag=f'"{look_of(card, art)}-{expression}-{garment[:40]}"' if garment.isascii() else "")


def _art(request: HttpRequest, name: str) -> HttpResponseBase:
    etag = f'"{name}"'
    fresh = get_conditional_response(request, etag=etag)
    if fresh is not None:
        return fresh
    with default_storage.open(name) as stored:
        kind = "image/jpeg" if name.endswith(".jpg") else "image/webp"
        response = HttpResponse(stored.read(), content_type=kind)
    return _sealed(response, etag)


def _svg(request: HttpRequest, svg: str, *, etag: str = "", cache: str = "") -> HttpResponseBase:
    fresh = get_conditional_response(request, etag=etag) if etag else None
    response = fresh or HttpResponse(svg, content_type="image/svg+xml")
    if cache:
        response.headers["Cache-Control"] = cache
    return _sealed(response, etag)


def _sealed(response: HttpResponseBase, etag: str) -> HttpResponseBase:
    response.headers["Content-Security-Policy"] = _POLICY
    if etag:
        response.headers["ETag"] = etag
    return response
