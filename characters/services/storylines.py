"""Hidden storylines, their locks and their offers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from billing import services as billing
from billing.models import Offer
from billing.models.offers import HIGHEST_PRICE_COINS
from characters import plot
from characters.cards import fields, limits
from characters.cards.errors import CardRefused, Refusal
from characters.cards.limits import Json, JsonObject
from characters.cards.report import ReportBuilder
from characters.cards.shape import fill_book
from characters.exceptions import CardUnreadable, DraftLocked
from characters.models import Character, CharacterVersion, Storyline
from characters.storylines import HIGHEST_AFFINITY, rows_of, teasers, unlocked
from characters.wording import refusal
from companion_site.core.exceptions import Invalid

STORYLINES_A_CHARACTER = 12
STARTING_PRICE_COINS = 60
_TEXTS = ("teaser", "knowledge", "scenes", "free_first_scene", "lorebook", "affinity", "prerequisite")
_FAULTS = {
    "too_many": _("At most %(value)s here, please."),
    "ending_unnamed": _("Give this ending a title, so that a way can lead to it."),
    "branch_open": _("Say where this way leads: the title of a scene or of an ending."),
    "branch_lost": _("There is no scene and no ending called “%(value)s” in this story."),
    "branch_twice": _("“%(value)s” is the title of several scenes or endings. Give each its own."),
}


@transaction.atomic
def add_storyline(
    character: Character,
    *,
    title: str,
    price_coins: int,
    slug: str = "",
    **texts: Any,
) -> Storyline:
    """Add a hidden storyline to the draft and put it on sale; it is public from the next publication on.

    `texts` may hold `teaser`, `knowledge`, `scenes`, `lorebook`, `affinity`, `prerequisite` (a storyline of the
    same character) and `free_first_scene`. Raises `DraftLocked`, `CardUnreadable` or `Invalid`, which name the field.
    """
    locked = editable(character)
    if locked.storylines.count() >= STORYLINES_A_CHARACTER:
        raise Invalid(field="title")
    storyline = Storyline(character=locked, slug=_free_slug(locked, slug or title), title=title)
    _tell(storyline, texts)
    storyline.offer = billing.create_offer(
        locked.owner, kind=Offer.Kind.STORYLINE, title=title[:120], price_coins=price_coins
    )
    storyline.save()
    return storyline


def start_storyline(character: Character) -> Storyline:
    """Add an empty storyline under a working title; it cannot be submitted before it is written."""
    return add_storyline(character, title=gettext("Untitled"), price_coins=STARTING_PRICE_COINS)


@transaction.atomic
def update_storyline(storyline: Storyline, *, title: str, price_coins: int, **texts: Any) -> Storyline:
    """Change a storyline of the draft; what is not named in `texts` stays. Raises as `add_storyline`.

    Words and locks wait for the next publication, the price holds at once.
    """
    editable(storyline.character)
    storyline.title = title
    _tell(storyline, {name: getattr(storyline, name) for name in _TEXTS} | texts)
    storyline.save(update_fields=["title", *_TEXTS, "updated_at"])
    if storyline.offer.price_coins != price_coins:
        billing.reprice_offer(storyline.offer, price_coins=price_coins)
    return storyline


@transaction.atomic
def remove_storyline(storyline: Storyline) -> None:
    """Take a storyline out of the draft and off sale. Who owns it keeps it in the versions that have it."""
    editable(storyline.character)
    billing.set_on_sale(storyline.offer, is_active=False)
    storyline.delete()


def storyline_rows(version: CharacterVersion, user: User | AnonymousUser) -> list[Json]:
    """Return what an export for `user` says of the hidden storylines: all of those they may know, else the teaser."""
    known = {story.public_id for story in unlocked(version, user) if not story.is_trial}
    stored = {row["public_id"]: row for row in rows_of(version)}
    told: list[Json] = []
    for teaser in teasers(version, user):
        row, before = stored[teaser.public_id], stored.get(stored[teaser.public_id].get("prerequisite") or "")
        said: JsonObject = {"slug": teaser.slug, "title": teaser.title, "teaser": teaser.teaser}
        said["price_coins"] = teaser.offer.price_coins
        if teaser.affinity:
            said["affinity"] = teaser.affinity
        if before is not None:
            said["prerequisite"] = before["slug"]
        if teaser.public_id in known:
            said |= {name: row[name] for name in ("knowledge", "scenes", "free_first_scene")}
            said |= {"lorebook": row["lorebook"]} if row.get("lorebook") else {}
        told.append(said)
    return told


def import_storylines(
    character: Character, rows: Sequence[Mapping[str, Any]], *, where: str = "data.extensions.cardia.storylines"
) -> None:
    """Add the storylines an export told of, the first `STORYLINES_A_CHARACTER`. Runs in the caller's transaction.

    Odd texts are read as empty. Raises `CardUnreadable` with the path of the first thing that cannot be kept.
    """
    made: dict[str, Storyline] = {}
    for number, row in enumerate(rows[:STORYLINES_A_CHARACTER]):
        with _placed(f"{where}[{number}]"):
            made.setdefault(str(row.get("slug") or number), _import_storyline(character, row))
    for number, row in enumerate(rows[:STORYLINES_A_CHARACTER]):
        story, before = made[str(row.get("slug") or number)], made.get(str(row.get("prerequisite") or ""))
        if before is not None:
            with _placed(f"{where}[{number}]"):
                refuse_circle(story, before)
            story.prerequisite = before
            story.save(update_fields=["prerequisite", "updated_at"])


def _import_storyline(character: Character, row: Mapping[str, Any]) -> Storyline:
    price, affinity = row.get("price_coins"), row.get("affinity")
    return add_storyline(
        character,
        title=str(row.get("title") or "?")[:120],
        slug=str(row.get("slug") or ""),
        price_coins=min(price, HIGHEST_PRICE_COINS) if isinstance(price, int) and price >= 0 else STARTING_PRICE_COINS,
        teaser=row.get("teaser"),
        knowledge=row.get("knowledge"),
        scenes=fields.objects(row, "scenes"),
        lorebook=row.get("lorebook"),
        affinity=max(0, min(affinity, HIGHEST_AFFINITY)) if isinstance(affinity, int) else 0,
        free_first_scene=row.get("free_first_scene") is True,
    )


@contextmanager
def _placed(where: str) -> Iterator[None]:
    """Say of a refusal inside where in the card the storyline stands."""
    try:
        yield
    except (CardUnreadable, Invalid) as exc:
        path = f"{where}.{exc.field}" if exc.field else where
        extra = {**exc.extra, "path": path}
        raise CardUnreadable(exc.detail, field=path, **extra) from exc


def _check(value: Json, *, where: str) -> None:
    try:
        limits.check(value, where=where)
    except CardRefused as exc:
        raise CardUnreadable(refusal(exc), field=exc.path, reason=exc.reason.value, path=exc.path) from exc


def check_book(book: Any, *, where: str = "lorebook") -> JsonObject:
    """Return a storyline's lorebook as it is stored; raise `CardUnreadable` with the path of the first fault."""
    if not book:
        return {}
    try:
        if not isinstance(book, dict):
            raise CardRefused(Refusal.WRONG_TYPE, where, wanted="object", found=type(book).__name__)
        limits.check(book, where=where)
        return fill_book(book, where, ReportBuilder())
    except CardRefused as exc:
        raise CardUnreadable(refusal(exc), field=exc.path, reason=exc.reason.value, path=exc.path) from exc


def editable(character: Character) -> Character:
    """Lock the character's row for a change of its draft; raise `DraftLocked` while it is under review."""
    locked = Character.objects.select_for_update(of=("self",)).select_related("owner").get(pk=character.pk)
    if not locked.is_editable:
        raise DraftLocked
    return locked


def _tell(storyline: Storyline, texts: Mapping[str, Any]) -> None:
    """Set everything but title and price from `texts`, checked and unsaved."""
    _check(texts.get("scenes") or [], where="scenes")
    scenes = plot.clean(texts.get("scenes") or [])
    for fault in plot.faults(scenes):
        raise Invalid(fault_words(fault), field=fault.path)
    affinity = texts.get("affinity") or 0
    if not isinstance(affinity, int) or not 0 <= affinity <= HIGHEST_AFFINITY:
        raise Invalid(field="affinity")
    before = texts.get("prerequisite")
    refuse_circle(storyline, before)
    storyline.teaser = str(texts.get("teaser") or "")[:300]
    storyline.knowledge = str(texts.get("knowledge") or "")
    storyline.scenes = scenes
    storyline.lorebook = check_book(texts.get("lorebook"))
    storyline.affinity = affinity
    storyline.prerequisite = before
    storyline.free_first_scene = bool(texts.get("free_first_scene", False))


def fault_words(fault: plot.Fault) -> str:
    """Return what is wrong with a storyline as a sentence."""
    return str(_FAULTS[fault.code]) % {"value": fault.value}


def refuse_circle(storyline: Storyline, before: Storyline | None) -> None:
    """Raise `Invalid` unless `storyline` may wait for `before`: of the same character, and never in a circle."""
    seen = {storyline.pk}
    while before is not None:
        if before.character_id != storyline.character_id:
            raise Invalid(_("Choose a story of the same character."), field="prerequisite")
        if before.pk in seen:
            raise Invalid(_("These stories would wait for each other forever."), field="prerequisite")
        seen.add(before.pk)
        before = before.prerequisite


def _free_slug(character: Character, wanted: str) -> str:
    base = slugify(wanted, allow_unicode=True)[:70].strip("-_") or "storyline"
    taken = set(character.storylines.values_list("slug", flat=True))
    slug, number = base, 2
    while slug in taken:
        slug, number = f"{base}-{number}", number + 1
    return slug
