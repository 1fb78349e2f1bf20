"""Which characters are a program's models: by their slug, and the creator's own drafts as `<slug>:draft`."""

from __future__ import annotations

from django.db.models import F, Q
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from characters.models import Character
from characters.models.character import CharacterQuerySet
from chat.exceptions import ModelNotFound
from chat.openai import shapes
from companion_site.core.exceptions import Invalid, NotFound

DRAFT = ":draft"
USUAL, MOST = 100, 1000


class UnknownAddress(NotFound):
    """An address of OpenAI's API that is not here."""

    title = _("This part of the API is not here.")
    hint = _("There are /v1/models and /v1/chat/completions.")


def page(user: User, query: QueryDict) -> dict[str, object]:
    """Return a page of models: the user's own first, then the best loved. Raises `Invalid`, `ModelNotFound`.

    `limit` is at most 1000, `after` the last id of the page before.
    """
    limit = _limit(query.get("limit", ""))
    own = _own(user)
    names = [name for character in own for name in _names(character)]
    rows = [_shape(character, name) for character in own for name in _names(character)]
    after = query.get("after", "")
    if after in names:
        rows = rows[names.index(after) + 1 :]
    found = rows[: limit + 1] if after in names or not after else []
    if len(found) <= limit:
        others = _others(user, after if after not in names else "")
        found += [_shape(character, character.slug) for character in others[: limit + 1 - len(found)]]
    data = found[:limit]
    return {
        "object": "list",
        "data": data,
        "has_more": len(found) > limit,
        "first_id": data[0]["id"] if data else None,
        "last_id": data[-1]["id"] if data else None,
    }


def one(user: User, name: str) -> dict[str, object]:
    """Return one model; raise `ModelNotFound`."""
    character = character_of(user, name)
    if character is None:
        raise ModelNotFound(field="model")
    return _shape(character, name)


def character_of(user: User, name: str) -> Character | None:
    """Return the character of a model the user may speak with."""
    slug = name.removesuffix(DRAFT)
    if not slug.isprintable():
        return None  # PostgreSQL would not even look for a NUL, or half a character
    if slug != name:
        return _light(Character.objects.owned_by(user)).filter(slug=slug).first()
    return _light(Character.objects.visible_to(user).live()).filter(slug=slug).first()


def _limit(text: str) -> int:
    if not text:
        return USUAL
    if not text.isdecimal() or not 1 <= int(text[:6]) <= MOST:
        raise Invalid(_("This must be a whole number from 1 to 1000."), field="limit")
    return int(text[:6])


def _own(user: User) -> list[Character]:
    return list(_light(Character.objects.owned_by(user)).order_by("-pk"))


def _names(character: Character) -> list[str]:
    return [character.slug, character.slug + DRAFT] if character.is_live else [character.slug + DRAFT]


def _others(user: User, after: str) -> CharacterQuerySet:
    rows = _light(Character.objects.visible_to(user).live()).exclude(owner=user)
    if after:
        last = rows.filter(slug=after).first() if after.isprintable() else None
        if last is None:
            raise ModelNotFound(field="after")
        loved, when = Q(likes_count__lt=last.likes_count), Q(likes_count=last.likes_count)
        newer = Q(published_at__lt=last.published_at) | Q(published_at=last.published_at, pk__lt=last.pk)
        rows = rows.filter(loved | (when & newer))
    return rows.order_by("-likes_count", F("published_at").desc(nulls_last=True), "-pk")


def _light(rows: CharacterQuerySet) -> CharacterQuerySet:
    return rows.select_related("owner").defer("card", "envelope", "import_report", "files")


def _shape(character: Character, name: str) -> dict[str, object]:
    created = int(character.created_at.timestamp())
    return shapes.model(name, created=created, owner=character.owner.name, title=character.name)
