"""Hidden storylines of one's own characters over the API: everything of them, to their creator alone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.models.offers import HIGHEST_PRICE_COINS
from characters.models import Character, Storyline
from characters.services.storylines import add_storyline, remove_storyline, update_storyline
from characters.storylines import HIGHEST_AFFINITY
from companion_site.core.exceptions import Invalid, NotFound


class StorylineSerializer(serializers.Serializer[Any]):
    """A hidden storyline as its creator edits it. A field left out of a change stays as it is."""

    public_id = serializers.UUIDField(read_only=True)
    slug = serializers.CharField(read_only=True)
    title = serializers.CharField(max_length=120)
    price_coins = serializers.IntegerField(min_value=0, max_value=HIGHEST_PRICE_COINS, source="offer.price_coins")
    teaser = serializers.CharField(max_length=300, required=False, allow_blank=True)
    knowledge = serializers.CharField(required=False, allow_blank=True, trim_whitespace=False)
    scenes = serializers.ListField(
        child=serializers.DictField(),
        required=False,
        help_text="{title, setup, opening, goal, branches: [{when, to}], endings: [{title, text}]}",
    )
    lorebook = serializers.DictField(required=False, help_text="A Book of Character Card V3.")
    affinity = serializers.IntegerField(min_value=0, max_value=HIGHEST_AFFINITY, required=False)
    prerequisite = serializers.UUIDField(source="prerequisite.public_id", required=False, allow_null=True, default=None)
    free_first_scene = serializers.BooleanField(required=False)


class StorylineListView(APIView):
    @extend_schema(responses=StorylineSerializer(many=True))
    def get(self, request: Request, public_id: UUID) -> Response:
        """The storylines of the draft; there are at most twelve."""
        rows = _owned(request, public_id).storylines.select_related("offer", "prerequisite")
        return Response(StorylineSerializer(rows, many=True).data)

    @extend_schema(request=StorylineSerializer, responses={201: StorylineSerializer})
    def post(self, request: Request, public_id: UUID) -> Response:
        """Add one and put it on sale; it is public from the next publication on."""
        character = _owned(request, public_id)
        made = add_storyline(character, **_given(request, character))
        return Response(StorylineSerializer(made).data, status=status.HTTP_201_CREATED)


class StorylineView(APIView):
    @extend_schema(responses=StorylineSerializer)
    def get(self, request: Request, public_id: UUID, storyline_id: UUID) -> Response:
        return Response(StorylineSerializer(_storyline(request, public_id, storyline_id)).data)

    @extend_schema(request=StorylineSerializer, responses=StorylineSerializer)
    def patch(self, request: Request, public_id: UUID, storyline_id: UUID) -> Response:
        """Change what is named. Words and locks wait for the next publication, the price holds at once."""
        found = _storyline(request, public_id, storyline_id)
        standing: dict[str, Any] = {"title": found.title, "price_coins": found.offer.price_coins}
        changed = update_storyline(found, **standing | _given(request, found.character, partial=True))
        return Response(StorylineSerializer(changed).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, public_id: UUID, storyline_id: UUID) -> Response:
        """Take it out of the draft and off sale. Who owns it keeps it."""
        remove_storyline(_storyline(request, public_id, storyline_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _given(request: Request, character: Character, *, partial: bool = False) -> dict[str, Any]:
    form = StorylineSerializer(data=request.data, partial=partial)
    form.is_valid(raise_exception=True)
    given: dict[str, Any] = dict(form.validated_data)
    if "offer" in given:
        given |= given.pop("offer")
    before = given.pop("prerequisite", {})
    if before and "public_id" in before:
        given["prerequisite"] = _before(character, before["public_id"])
    return given


def _before(character: Character, public_id: UUID | None) -> Storyline | None:
    if public_id is None:
        return None
    found = character.storylines.filter(public_id=public_id).first()
    if found is None:
        raise Invalid(field="prerequisite")
    return found


def _owned(request: Request, public_id: UUID) -> Character:
    found = Character.objects.owned_by(request.user).filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def _storyline(request: Request, public_id: UUID, storyline_id: UUID) -> Storyline:
    rows = Storyline.objects.select_related("character", "offer", "prerequisite")
    found = rows.filter(character=_owned(request, public_id), public_id=storyline_id).first()
    if found is None:
        raise NotFound
    return found
